"""Results of variants, made up for the report."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from makemore.corpus.corpus import Corpus
from makemore.models.base import Point
from makemore.report.dev import DevNames
from makemore.report.rebuild import Origin
from makemore.report.results import Result
from makemore.report.story import Story
from makemore.statistics.names import DistinctNames
from makemore.statistics.ranking import Losses, Ranking
from tests.unit.conftest import Fitted

MakeResult = Callable[..., Result]
CARD: dict[str, Any] = {
    "lines": 14,
    "distinct": 13,
    "characters": {"a": 9, "b": 2},
    "lengths": {"3": 10, "5": 4},
    "splits": {
        split: {"words": words, "distinct": words, "tokens": 5 * words, "words_also_in_train": 0}
        for split, words in (("train", 10), ("dev", 2), ("test", 2))
    },
}
CURVE = [Point(0, 3.0, 3.0, 0.0), Point(10, 2.0, 2.5, 0.1)]


def ranked(results: list[Result]) -> Ranking:
    """A ranking in which every variant has its own rank."""
    order = sorted(results, key=lambda result: (result.nll("dev"), result.variant))
    return Ranking([[result.variant] for result in order], [])


def dev_names(results: list[Result], corpus: Corpus) -> DevNames:
    """What made-up results say of the dev names: that all their symbols cost the same."""
    names = DistinctNames.of(corpus.names["dev"])
    nats = {result.variant: (names.symbols * result.nll("dev")).astype(np.float64) for result in results}
    return DevNames(names.first, names.symbols // names.copies, nats, Losses(nats, names.symbols))


def told(results: list[Result], corpus: Corpus, card: dict[str, Any] = CARD) -> Story:
    """The story of made-up results, whose sampled names need not be of this corpus; each has its own rank."""
    plain = [replace(result, names=["emma"]) for result in results]
    story = Story.of(plain, corpus, card, dev_names(results, corpus))
    by_variant = {result.variant: result for result in results}
    ordered = [by_variant[result.variant] for result in story.results]
    return replace(story, results=ordered, ranking=ranked(results))


def origin_of(story: Story) -> Origin:
    """An origin with a made-up hash of the weights of each variant."""
    return Origin("2.13.0", "portable", {result.variant: "0" * 32 for result in story.results})


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
