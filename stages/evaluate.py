"""evaluate@variant: a model and the corpus -> exact losses on each split with intervals, by position and by name."""

from typing import Any

from makemore.core.corpus import Corpus
from makemore.core.files import write_json
from makemore.core.layout import CORPUS, DETAILS, LOSSES, METRICS, MODELS
from makemore.core.params import Params
from makemore.core.splits import SPLITS
from makemore.evaluation import extremes, likelihood, summary
from makemore.models.base import catalog
from makemore.statistics.bootstrap import Floats
from makemore.statistics.names import HELD_OUT, DistinctNames, write_losses
from makemore.statistics.ranking import Losses


def run(params: Params, variant: str) -> None:
    corpus = Corpus.load(CORPUS)
    model = catalog.load(MODELS / variant, corpus.vocabulary)
    likelihoods = {split: likelihood(model, corpus.rows[split]) for split in SPLITS}
    losses = {split: summary(likelihoods[split]) for split in SPLITS}
    by_name = {}
    for split in HELD_OUT:
        names = DistinctNames.of(corpus.rows[split])
        by_name[split] = likelihoods[split].totals()[names.first].float()
        losses[split] = _with_interval(losses[split], names, names.nll(by_name[split]))
    metrics = {"model": model.config.model, "n_params": model.n_params, **losses}
    details = {
        "dev_nll_by_position": likelihoods["dev"].by_position(),
        "dev_names": extremes(corpus.words("dev"), likelihoods["dev"], params.evaluate.extremes),
    }
    write_json(METRICS / f"{variant}.json", metrics)
    write_json(DETAILS / f"{variant}.json", details)
    write_losses(LOSSES / f"{variant}.safetensors", by_name)


def _with_interval(losses: dict[str, Any] | None, names: DistinctNames, nll: Floats) -> dict[str, Any] | None:
    """`losses` of a split with the interval of its NLL, if it has enough names for one."""
    interval = Losses({"": nll}, names.symbols).interval("") if losses else None
    if losses is None or interval is None:
        return losses
    return losses | {"nll_low": interval.low, "nll_high": interval.high}
