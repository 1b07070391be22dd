"""Results of variants, made up for the report."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from makemore.models.base import Point
from makemore.report.results import Result
from makemore.statistics.ranking import Ranking
from tests.unit.conftest import Fitted

MakeResult = Callable[..., Result]
CARD: dict[str, Any] = {
    "lines": 14,
    "distinct": 13,
    "characters": {"a": 9, "b": 2},
    "splits": {
        "train": {"words": 10, "words_also_in_train": 0},
        "dev": {"words": 2, "words_also_in_train": 0},
        "test": {"words": 2, "words_also_in_train": 0},
    },
}
CURVE = [Point(0, 3.0, 3.0, 0.0), Point(10, 2.0, 2.5, 0.1)]


def ranked(results: list[Result]) -> Ranking:
    """A ranking in which every variant has its own rank."""
    order = sorted(results, key=lambda result: (result.nll("dev"), result.variant))
    return Ranking([[result.variant] for result in order], [])


def losses(nll: float) -> dict[str, float]:
    """The metrics of a split with this NLL."""
    perplexity = math.exp(nll) if nll < math.inf else math.inf
    return {"nll": nll, "bits_per_char": nll / math.log(2), "perplexity": perplexity, "n_tokens": 9}


@pytest.fixture
def make_result(fitted: Fitted) -> MakeResult:
    """A function that makes the result of a variant. A loss that is not given is 2.5; a test loss of None: no names."""

    def result(
        variant: str,
        model: str = "uniform",
        dev: float = 2.5,
        test: float | None = 2.5,
        names: tuple[str, ...] = ("emma",),
        dev_names: dict[str, Any] | None = None,
        curve: list[Point] = CURVE[:1],
    ) -> Result:
        fitted_model = fitted(model)
        shown = {"ava": 1.5} if dev_names is None else dev_names
        return Result(
            variant=variant,
            metrics={
                "model": model,
                "n_params": fitted_model.n_params,
                "train": losses(2.5),
                "dev": losses(dev),
                "test": None if test is None else losses(test),
            },
            details={
                "dev_nll_by_position": [dev, 2.0],
                "dev_names": {"most_likely": shown, "least_likely": dict(reversed(shown.items()))},
            },
            statistics={
                "names": len(names),
                "new": 0.25,
                "distinct": 1.0,
                "mean_length": 5.04,
                "corpus_mean_length": 5.96,
                "cut": 0.0,
            },
            names=list(names),
            curve=curve,
            model=fitted_model,
        )

    return result
