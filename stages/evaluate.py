"""evaluate@variant: a model and the corpus -> exact losses on each split with intervals, by position and by name."""

from collections.abc import Callable

from torch import Tensor

from makemore.core.artifacts import write_artifact
from makemore.core.layout import CORPUS, DETAILS, LOSSES, METRICS
from makemore.core.params import Params
from makemore.core.results import Details, HeldOutMetrics, Metrics
from makemore.corpus.corpus import Corpus
from makemore.corpus.split_names import SplitNames
from makemore.evaluation import BatchLosses, Extremes, Likelihood, likelihood, summary
from makemore.models.base import catalog
from makemore.statistics.names import DistinctNames, LossesOfNames, write_losses
from makemore.statistics.ranking import Losses


def run(params: Params, variant: str) -> None:
    corpus = Corpus.load(CORPUS)
    model = catalog.load(params.folder_of(variant), corpus.vocabulary)
    extremes = Extremes(corpus.vocabulary, params.evaluate.extremes)
    train = summary(likelihood(model, corpus.names["train"]))
    dev, found, of_dev = _held_out(model, corpus.names["dev"], extremes.add)
    test, _, of_test = _held_out(model, corpus.names["test"], lambda _: None)
    losses = {"train": train, "dev": dev, "test": test}
    metrics = Metrics.model_validate({"model": model.config.model, "n_params": model.n_params, **losses})
    details = Details(dev_nll_by_position=found.by_position(), dev_names=extremes.found())
    write_artifact(METRICS / f"{variant}.json", metrics)
    write_artifact(DETAILS / f"{variant}.json", details)
    write_losses(LOSSES / f"{variant}.safetensors", {"dev": of_dev, "test": of_test})


def _held_out(
    model: catalog.AnyModel, names: SplitNames, on_batch: Callable[[BatchLosses], object]
) -> tuple[HeldOutMetrics | None, Likelihood, Tensor]:
    """The losses on a split, with an interval if it has enough names for one; and the NLL of each distinct name."""
    distinct = DistinctNames.of(names)
    by_name = LossesOfNames(distinct)

    def note(batch: BatchLosses) -> None:
        by_name.add(batch.totals())
        on_batch(batch)

    found = likelihood(model, names, note)
    losses = summary(found)
    interval = Losses({"": distinct.nll(by_name.nll)}, distinct.symbols).interval("") if losses else None
    if losses and interval:
        sampled = {"interval_names": len(distinct)} if distinct.is_sample else {}
        losses = losses.model_copy(update={"nll_low": interval.low, "nll_high": interval.high} | sampled)
    return losses, found, by_name.nll
