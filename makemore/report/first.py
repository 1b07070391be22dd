"""The first screen of the page: a beginning to continue, and a ranking in three lines.

The lines are those of the best variant, of counting and of knowing nothing, on one axis with all other variants.
"""

import math
from collections import Counter
from typing import NamedTuple

from makemore.report.stage_outputs import Result, best_of
from makemore.report.story import Story

LONGEST_BEGINNING = 3  # characters
MARGIN = 0.03  # of the axis, on either side of the dots


class Line(NamedTuple):
    """A line of the ranking: who it is in plain words, its loss, and its places on the axis, from 0 to 1.

    place, low, high: the loss on dev, and the ends of its interval; None if the loss is infinite
    """

    who: str
    result: Result
    place: float | None
    low: float | None
    high: float | None


def beginning(names: list[str]) -> str:
    """The most frequent beginning of `names`: half as long as they are on average, up to LONGEST_BEGINNING."""
    half = sum(map(len, names)) / max(1, 2 * len(names))
    length = min(LONGEST_BEGINNING, max(1, math.ceil(half - 0.5)))
    counts = Counter(name[:length] for name in names if len(name) > length)
    return min(counts, key=lambda text: (-counts[text], text), default="")


def lines(story: Story) -> tuple[list[Line], list[float]]:
    """The lines of the ranking, the best first, and the places of all other variants."""
    results, best = story.results, story.best
    axis = _Axis(results)
    named = {best.variant: f"the best of {len(results)}" if len(results) > 1 else "the only one"}
    for model, who in (("count", "counting pairs"), ("uniform", "knowing nothing")):
        if found := best_of(model, results):
            named.setdefault(found.variant, who)
    chosen = [result for result in results if result.variant in named]
    others = [axis.place(result.nll("dev")) for result in results if result.variant not in named]
    return [axis.line(named[result.variant], result) for result in chosen], [at for at in others if at is not None]


class _Axis:
    """From the lowest end of an interval to the highest loss."""

    def __init__(self, results: list[Result]) -> None:
        ends = [end for result in results for end in (result.nll("dev"), *(result.interval("dev") or ()))]
        finite = [end for end in ends if math.isfinite(end)] or [0.0]
        self._low, self._width = min(finite), max(finite) - min(finite)

    def place(self, nll: float) -> float | None:
        """Where a loss is."""
        if not math.isfinite(nll):
            return None
        return MARGIN + (1 - 2 * MARGIN) * ((nll - self._low) / self._width if self._width else 0.5)

    def line(self, who: str, result: Result) -> Line:
        low, high = result.interval("dev") or (result.nll("dev"),) * 2
        return Line(who, result, self.place(result.nll("dev")), self.place(low), self.place(high))
