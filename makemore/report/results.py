"""The results of a variant, as the stages wrote them, and the table that compares all variants."""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from makemore.core import layout
from makemore.core.files import read_json, read_text
from makemore.core.splits import SPLITS
from makemore.models.base import catalog
from makemore.models.base.catalog import AnyModel
from makemore.models.base.curve import Point, read_curve


@dataclass(frozen=True)
class Result:
    """Everything the stages wrote about one variant.

    metrics, details: the JSON of the evaluate stage
    statistics, names: of the sample stage
    curve, model: of the train stage
    """

    variant: str
    metrics: dict[str, Any]
    details: dict[str, Any]
    statistics: dict[str, Any]
    names: list[str]
    curve: list[Point]
    model: AnyModel

    @classmethod
    def read(cls, variant: str) -> "Result":
        """The result of `variant` in the current folder.

        Raises UserError if a file is missing or damaged.
        """
        return cls(
            variant=variant,
            metrics=read_json(layout.METRICS / f"{variant}.json"),
            details=read_json(layout.DETAILS / f"{variant}.json"),
            statistics=read_json(layout.SAMPLES / f"{variant}.json"),
            names=read_text(layout.SAMPLES / f"{variant}.txt").split("\n")[:-1],
            curve=read_curve(layout.MODELS / variant / layout.CURVE_FILE),
            model=catalog.load(layout.MODELS / variant),
        )

    def nll(self, split: str) -> float:
        """Nats per symbol on `split`; NaN if the split has no names."""
        return float(self.metrics[split]["nll"]) if self.metrics[split] else math.nan


def comparison(results: list[Result]) -> pd.DataFrame:
    """One row per variant, the best on dev first. `gap` is the dev NLL minus that of the (best) count model."""
    count = min((result.nll("dev") for result in results if result.metrics["model"] == "count"), default=math.nan)
    rows = [
        {
            "variant": result.variant,
            "model": result.metrics["model"],
            "parameters": result.metrics["n_params"],
            **{split: result.nll(split) for split in SPLITS},
            "bits_per_char": result.nll("dev") / math.log(2),
            "gap": result.nll("dev") - count,
            **{key: result.statistics[key] for key in ("new", "distinct", "mean_length")},
        }
        for result in results
    ]
    return pd.DataFrame(rows).sort_values(["dev", "variant"], ignore_index=True)
