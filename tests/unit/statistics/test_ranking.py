"""Paired differences of variants, and their ranking by groups."""

import math

import numpy as np
import pytest

from makemore.statistics.bootstrap import FEWEST_NAMES, Floats, Interval
from makemore.statistics.ranking import Difference, Losses, rank

NAMES = 200
RANDOM = np.random.default_rng(1)
SYMBOLS = RANDOM.integers(3, 12, NAMES)
HARD = RANDOM.gamma(4.0, 0.5, NAMES) * SYMBOLS  # what makes a name hard for all variants


def shifted(shift: float, noise: float = 0.3, seed: int = 2) -> Floats:
    """The NLL of each name under a variant that is worse by `shift` nats per symbol."""
    noisy: Floats = HARD + (shift + noise * np.random.default_rng(seed).standard_normal(NAMES)) * SYMBOLS
    return np.maximum(noisy, 0)


def test_paired_difference_is_found_where_intervals_overlap() -> None:
    losses = Losses({"a": shifted(0.0), "b": shifted(0.1, seed=3)}, SYMBOLS)
    a, b, difference = losses.interval("a"), losses.interval("b"), losses.difference("a", "b")
    assert a is not None
    assert b is not None
    assert b.low < a.high, "the intervals overlap"
    assert difference.value == pytest.approx(-0.1, abs=0.05)
    assert difference.verdict == "better"
    assert losses.difference("b", "a").verdict == "worse"
    assert losses.difference("b", "a").value == -difference.value


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        (Interval(-2.0, -1.0), "better"),
        (Interval(1.0, 2.0), "worse"),
        (Interval(-1.0, 1.0), "cannot tell"),
        (Interval(0.0, 0.0), "cannot tell"),
        (Interval(-math.inf, math.inf), "cannot tell"),
        (Interval(math.inf, math.inf), "worse"),
        (None, "cannot tell"),
    ],
)
def test_verdict(interval: Interval | None, verdict: str) -> None:
    assert Difference(0.0, interval).verdict == verdict


def test_variants_are_ranked_by_groups() -> None:
    nll = {"d": shifted(0.50), "b": shifted(0.02, seed=3), "a": shifted(0.0, seed=4), "c": shifted(0.25, seed=5)}
    ranking = rank(Losses(nll, SYMBOLS))
    assert ranking.groups == [["a", "b"], ["c"], ["d"]]
    assert ranking.ties_across == []


def test_ties_across_groups_are_listed() -> None:
    """a and b are tied, b and c are tied, but c is worse than a: the first group ends before c."""
    nll = {"a": HARD, "b": HARD + 0.03 * SYMBOLS * (np.arange(NAMES) % 8 > 3), "c": HARD + 0.03 * SYMBOLS}
    nll["b"] += np.where(np.arange(NAMES) % 2, 0.2, -0.2) * SYMBOLS
    ranking = rank(Losses(nll, SYMBOLS))
    assert ranking.groups == [["a", "b"], ["c"]]
    assert ranking.ties_across == [("b", "c")]


def test_equal_losses_are_one_group_ordered_by_name() -> None:
    assert rank(Losses({"b": HARD, "a": HARD}, SYMBOLS)).groups == [["a", "b"]]


def test_infinite_losses_come_last_and_are_tied() -> None:
    nll = {"never": np.where(np.arange(NAMES) < 50, np.inf, HARD), "a": HARD}
    nll["nor this"] = np.where(np.arange(NAMES) >= 50, np.inf, HARD)
    losses = Losses(nll, SYMBOLS)
    assert rank(losses).groups == [["a"], ["never", "nor this"]]
    assert math.isnan(losses.difference("never", "nor this").value)


def test_few_names_have_no_intervals() -> None:
    few = slice(FEWEST_NAMES - 1)
    losses = Losses({"a": HARD[few], "b": 10 * HARD[few]}, SYMBOLS[few])
    assert losses.interval("a") is None
    assert losses.difference("a", "b").verdict == "cannot tell"
    assert rank(losses).groups == [["a", "b"]]
    assert Losses({"a": HARD[:FEWEST_NAMES]}, SYMBOLS[:FEWEST_NAMES]).interval("a") is not None
