"""sample@variant: a model -> new names, and how new, distinct and long they are."""

from itertools import chain

from makemore import models
from makemore.corpus import SPLITS, Corpus
from makemore.files import write_json, write_text
from makemore.params import Params
from makemore.sampling import sample, statistics
from stages import CORPUS, MODELS, SAMPLES


def run(params: Params, variant: str) -> None:
    corpus = Corpus.load(CORPUS)
    names = sample(models.load(MODELS / variant), params.sample)
    words = chain.from_iterable(corpus.words(split) for split in SPLITS)
    write_text(SAMPLES / f"{variant}.txt", "".join(f"{name}\n" for name in names))
    write_json(SAMPLES / f"{variant}.json", statistics(names, words, params.sample.max_length))
