"""evaluate@variant: a model and the corpus -> exact losses on each split, by position and by name."""

from makemore.core.corpus import Corpus
from makemore.core.files import write_json
from makemore.core.layout import CORPUS, DETAILS, METRICS, MODELS
from makemore.core.params import Params
from makemore.core.splits import SPLITS
from makemore.evaluation import extremes, likelihood, summary
from makemore.models.base import catalog


def run(params: Params, variant: str) -> None:
    corpus = Corpus.load(CORPUS)
    model = catalog.load(MODELS / variant, corpus.vocabulary)
    likelihoods = {split: likelihood(model, corpus.rows[split]) for split in SPLITS}
    losses = {split: summary(likelihoods[split]) for split in SPLITS}
    metrics = {"model": model.config.model, "n_params": model.n_params, **losses}
    details = {
        "dev_nll_by_position": likelihoods["dev"].by_position(),
        "dev_names": extremes(corpus.words("dev"), likelihoods["dev"], params.evaluate.extremes),
    }
    write_json(METRICS / f"{variant}.json", metrics)
    write_json(DETAILS / f"{variant}.json", details)
