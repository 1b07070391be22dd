"""sample@variant: a model -> new names, and statistics of how new, distinct and long they are."""

from makemore.core.artifacts import write_artifact
from makemore.core.files import write_text
from makemore.core.layout import CORPUS, SAMPLES
from makemore.core.params import Params
from makemore.corpus.corpus import Corpus
from makemore.models.base import catalog
from makemore.sampling import sample, statistics


def run(params: Params, variant: str) -> None:
    corpus = Corpus.load(CORPUS)
    names = sample(catalog.load(params.folder_of(variant), corpus.vocabulary), params.sample)
    write_text(SAMPLES / f"{variant}.txt", "".join(f"{name}\n" for name in names))
    write_artifact(SAMPLES / f"{variant}.json", statistics(names, corpus, params.sample.max_length))
