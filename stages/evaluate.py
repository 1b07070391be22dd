"""evaluate@variant: a model and the corpus -> exact losses on each split, by position and by name."""

from makemore.core.corpus import Corpus
from makemore.core.files import write_json
from makemore.core.layout import CORPUS, DETAILS, METRICS, MODELS
from makemore.core.params import Params
from makemore.evaluation import Extremes, likelihood, summary
from makemore.models.base import catalog


def run(params: Params, variant: str) -> None:
    corpus = Corpus.load(CORPUS)
    model = catalog.load(MODELS / variant, corpus.vocabulary)
    extremes = Extremes(corpus.vocabulary, params.evaluate.extremes)
    train, test = (likelihood(model, corpus.rows[split]) for split in ("train", "test"))
    dev = likelihood(model, corpus.rows["dev"], extremes.add)
    losses = {"train": summary(train), "dev": summary(dev), "test": summary(test)}
    metrics = {"model": model.config.model, "n_params": model.n_params, **losses}
    details = {"dev_nll_by_position": dev.by_position(), "dev_names": extremes.found()}
    write_json(METRICS / f"{variant}.json", metrics)
    write_json(DETAILS / f"{variant}.json", details)
