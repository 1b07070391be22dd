"""Results of variants, made up for the report."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from makemore.core.results import Details, ExtremeNames, HeldOutMetrics, Metrics, SplitMetrics, Statistics
from makemore.corpus.card import DataCard, SplitCard, SplitCards
from makemore.corpus.corpus import Corpus
from makemore.models.base import Point
from makemore.report.dev_names import DevNames
from makemore.report.stage_outputs import Result
from makemore.report.story import Story
from makemore.statistics.names import DistinctNames
from makemore.statistics.ranking import Losses, Ranking
from tests.unit.conftest import Fitted

MakeResult = Callable[..., Result]
Tell = Callable[..., Story]
CURVE = [Point(0, 3.0, 3.0, 0.0), Point(10, 2.0, 2.5, 0.1)]


def data_card(leaking: int = 0) -> DataCard:
    """A data card; so many dev names are also in train."""
    train, dev, test = (
        SplitCard(names=names, distinct=names, tokens=5 * names, also_in_train=also)
        for names, also in ((10, 0), (2, leaking), (2, 0))
    )
    splits = SplitCards(train=train, dev=dev, test=test)
    return DataCard(lines=14, distinct=13, characters={"a": 9, "b": 2}, lengths={"3": 10, "5": 4}, splits=splits)


def dev_names(results: list[Result], corpus: Corpus) -> DevNames:
    """What made-up results say of the dev names: that all their symbols cost the same."""
    names = DistinctNames.of(corpus.names["dev"])
    nats = {result.variant: (names.symbols * result.nll("dev")).astype(np.float64) for result in results}
    return DevNames(names.first, names.symbols // names.copies, nats, Losses(nats, names.symbols))


@pytest.fixture
def tell(corpus: Corpus) -> Tell:
    """A function from results to their story. Their sampled names need not be of this corpus; each has its own rank."""

    def story(results: list[Result], card: DataCard | None = None, ranking: Ranking | None = None) -> Story:
        plain = [replace(result, names=["emma"]) for result in results]
        told = Story.of(plain, corpus, card or data_card(), dev_names(results, corpus))
        order = sorted(results, key=lambda result: told.variants.index(result.variant))
        return replace(told, results=order, ranking=ranking or Ranking([[variant] for variant in told.variants], []))

    return story


def _losses(nll: float) -> SplitMetrics:
    perplexity = math.exp(nll) if nll < math.inf else math.inf
    return SplitMetrics(nll=nll, bits_per_char=nll / math.log(2), perplexity=perplexity, n_tokens=9)


def _held_out(nll: float, interval: tuple[float, float] | None = None, names: int | None = None) -> HeldOutMetrics:
    low, high = interval or (None, None)
    return HeldOutMetrics(**_losses(nll).model_dump(), nll_low=low, nll_high=high, interval_names=names)


@pytest.fixture
def make_result(fitted: Fitted) -> MakeResult:
    """A function that makes the result of a variant. A loss that is not given is 2.5; a test loss of None: no names.

    interval: of the loss on dev; interval_names: how many names it is computed from, if not from all
    """

    def result(
        variant: str,
        model: str = "uniform",
        dev: float = 2.5,
        test: float | None = 2.5,
        names: tuple[str, ...] = ("emma",),
        dev_names: dict[str, float] | None = None,
        curve: list[Point] = CURVE[:1],
        interval: tuple[float, float] | None = None,
        interval_names: int | None = None,
    ) -> Result:
        fitted_model = fitted(model)
        shown = {"ava": 1.5} if dev_names is None else dev_names
        return Result(
            variant=variant,
            metrics=Metrics(
                model=model,
                n_params=fitted_model.n_params,
                train=_losses(2.5),
                dev=_held_out(dev, interval, interval_names),
                test=None if test is None else _held_out(test),
            ),
            details=Details(
                dev_nll_by_position=[dev, 2.0],
                dev_names=ExtremeNames(most_likely=shown, least_likely=dict(reversed(shown.items()))),
            ),
            statistics=Statistics(
                names=len(names), new=0.25, distinct=1.0, mean_length=5.04, corpus_mean_length=5.96, cut=0.0
            ),
            names=list(names),
            curve=curve,
            model=fitted_model,
        )

    return result
