"""evaluate@variant: a model and the corpus -> exact losses on each split with intervals, by position and by name."""

from makemore.core.artifacts import write_artifact
from makemore.core.layout import CORPUS, DETAILS, LOSSES, METRICS, MODELS
from makemore.core.params import Params
from makemore.core.results import Details, HeldOutMetrics, Metrics
from makemore.corpus.corpus import Corpus
from makemore.evaluation import BatchLosses, Extremes, likelihood, summary
from makemore.models.base import catalog
from makemore.statistics.bootstrap import Floats
from makemore.statistics.names import HELD_OUT, DistinctNames, LossesOfNames, write_losses
from makemore.statistics.ranking import Losses


def run(params: Params, variant: str) -> None:
    corpus = Corpus.load(CORPUS)
    model = catalog.load(MODELS / variant, corpus.vocabulary)
    extremes = Extremes(corpus.vocabulary, params.evaluate.extremes)
    found, losses, by_name = {}, {"train": summary(likelihood(model, corpus.names["train"]))}, {}
    for split in HELD_OUT:
        names = DistinctNames.of(corpus.names[split])
        collected = LossesOfNames(names)

        def note(batch: BatchLosses, split: str = split, collected: LossesOfNames = collected) -> None:
            collected.add(batch.totals())
            if split == "dev":
                extremes.add(batch)

        found[split] = likelihood(model, corpus.names[split], note)
        by_name[split] = collected.nll
        losses[split] = _with_interval(summary(found[split]), names, names.nll(collected.nll))
    metrics = Metrics.model_validate({"model": model.config.model, "n_params": model.n_params, **losses})
    details = Details(dev_nll_by_position=found["dev"].by_position(), dev_names=extremes.found())
    write_artifact(METRICS / f"{variant}.json", metrics)
    write_artifact(DETAILS / f"{variant}.json", details)
    write_losses(LOSSES / f"{variant}.safetensors", by_name)


def _with_interval(losses: HeldOutMetrics | None, names: DistinctNames, nll: Floats) -> HeldOutMetrics | None:
    """`losses` of a split with the interval of its NLL, if it has enough names for one."""
    interval = Losses({"": nll}, names.symbols).interval("") if losses else None
    if losses is None or interval is None:
        return losses
    sampled = {"interval_names": len(names)} if names.is_sample else {}
    return losses.model_copy(update={"nll_low": interval.low, "nll_high": interval.high} | sampled)
