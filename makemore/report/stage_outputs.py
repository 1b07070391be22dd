"""What the stages wrote about one variant, read from its files and checked against each other."""

import math
from dataclasses import dataclass
from pathlib import Path

from makemore.core import layout
from makemore.core.artifacts import read_artifact
from makemore.core.curve import Point, read_curve
from makemore.core.files import damaged, read_text
from makemore.core.results import Details, HeldOutMetrics, Metrics, Statistics
from makemore.corpus.vocabulary import Vocabulary
from makemore.models.base import catalog
from makemore.models.base.catalog import AnyModel
from makemore.statistics.bootstrap import Interval


@dataclass(frozen=True)
class Result:
    """Everything the stages wrote about one variant.

    metrics, details: from the evaluate stage
    statistics, names: from the sample stage
    curve, model: from the stage that made the model
    teacher: the ensemble that taught it, if it is a student
    """

    variant: str
    metrics: Metrics
    details: Details
    statistics: Statistics
    names: list[str]
    curve: list[Point]
    model: AnyModel
    teacher: str = ""

    @classmethod
    def read(cls, variant: str, folder: Path, vocabulary: Vocabulary, teacher: str = "") -> "Result":
        """The result of `variant`, whose model is in `folder`; `vocabulary` is that of the corpus.

        Raises UserError if a file is missing or damaged, or if the files do not belong together.
        """
        metrics, statistics = layout.METRICS / f"{variant}.json", layout.SAMPLES / f"{variant}.json"
        names, curve = layout.SAMPLES / f"{variant}.txt", folder / layout.CURVE_FILE
        result = cls(
            variant=variant,
            metrics=read_artifact(metrics, Metrics),
            details=read_artifact(layout.DETAILS / f"{variant}.json", Details),
            statistics=read_artifact(statistics, Statistics),
            names=read_text(names).split("\n")[:-1],
            curve=read_curve(curve),
            model=catalog.load(folder, vocabulary),
            teacher=teacher,
        )
        model, last_step = result.model, getattr(result.model.config, "steps", 0)
        if (result.metrics.model, result.metrics.n_params) != (model.config.model, model.n_params):
            raise damaged(metrics, "not of this model")
        if len(result.names) != result.statistics.names or not set("".join(result.names)) <= set(vocabulary.symbols):
            raise damaged(names, f"not the names that {statistics} describes")
        if not result.curve or result.curve[-1].step != last_step:
            raise damaged(curve, f"it does not end with step {last_step}")
        return result

    @property
    def idea(self) -> str:
        """Its step in the story: its model, or "student"."""
        return "student" if self.teacher else self.metrics.model

    @property
    def kind(self) -> str:
        """Its model, how many members an ensemble has, and who taught a student."""
        if self.teacher:
            return f"{self.metrics.model}, student of {self.teacher}"
        members = getattr(self.model.config, "members", ())
        return f"{self.metrics.model} of {len(members)}" if members else self.metrics.model

    def nll(self, split: str) -> float:
        """Nats per symbol on `split`; NaN if the split has no names."""
        found = self.metrics.on(split)
        return found.nll if found else math.nan

    def interval(self, split: str) -> Interval | None:
        """The interval of the NLL on `split`; None for train, and for a split of few names."""
        found = self.metrics.on(split)
        if not isinstance(found, HeldOutMetrics) or found.nll_low is None or found.nll_high is None:
            return None
        return Interval(found.nll_low, found.nll_high)


def best_of(model: str, results: list[Result]) -> Result | None:
    """The first variant of `model` in `results`, which are sorted, the best first; None if there is none."""
    return next((result for result in results if result.metrics.model == model), None)
