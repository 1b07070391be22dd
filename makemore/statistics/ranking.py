"""Ranks variants by groups: within a group, none can be told apart from the best one.

Two variants can be told apart if the interval of their paired difference does not contain zero. "Cannot be told apart"
is not transitive: of three neighbours, the first and the third may be apart although the second is tied with both. So a
group is defined by its best member: it goes as far down the ranking as variants are tied with that one. Ties across the
border of two groups are listed as well, so nothing is hidden by the choice of groups.

The intervals are about the names only: on other names of the same kind, the same trained models would most likely rank
like this. That another seed may train better or worse weights is another uncertainty, which a sweep over seeds shows.
And 5% of all true ties are still told apart: in a ranking of many variants, a narrow win is weak evidence.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from makemore.statistics.bootstrap import Bootstrap, Floats, Integers, Interval, interval


@dataclass(frozen=True)
class Difference:
    """The loss of one variant minus that of another, in nats per symbol.

    interval: None if there are too few names
    """

    value: float
    interval: Interval | None

    @property
    def verdict(self) -> str:
        """What the difference says about the first variant: better, worse, or cannot tell."""
        if self.interval is None or self.interval.low <= 0 <= self.interval.high:
            return "cannot tell"
        return "better" if self.interval.high < 0 else "worse"


class Losses:
    """The losses of several variants on the same distinct names.

    nll: float64 (names), the NLL of each name in all its copies, in nats, for each variant
    symbols: int64 (names), the predicted symbols of each name in all its copies
    """

    def __init__(self, nll: dict[str, Floats], symbols: Integers) -> None:
        bootstrap = Bootstrap(symbols)
        columns = np.stack(list(nll.values()), axis=1)  # (names, variants)
        self.names = bootstrap.names
        self.mean = dict(zip(nll, bootstrap.mean(columns).tolist(), strict=True))
        drawn = bootstrap.draw(columns).T if bootstrap.is_possible else None  # (variants, DRAWS)
        self._drawn = None if drawn is None else dict(zip(nll, drawn, strict=True))

    def interval(self, variant: str) -> Interval | None:
        """The interval of the loss of a variant; None if there are too few names."""
        return None if self._drawn is None else interval(self._drawn[variant])

    def difference(self, first: str, second: str) -> Difference:
        """The loss of `first` minus that of `second`."""
        with np.errstate(invalid="ignore"):  # infinity minus infinity
            value = self.mean[first] - self.mean[second]
            between = None if self._drawn is None else interval(self._drawn[first] - self._drawn[second])
        return Difference(value, between)


@dataclass(frozen=True)
class Ranking:
    """Variants by groups, the best first, and the pairs that are tied although they are in different groups."""

    groups: list[list[str]]
    ties_across: list[tuple[str, str]]


def rank(losses: Losses) -> Ranking:
    """The ranking of all variants; those with the same loss by name."""
    order = sorted(losses.mean, key=lambda variant: (losses.mean[variant], variant))
    groups: list[list[str]] = []
    for variant in order:
        if groups and losses.difference(variant, groups[-1][0]).verdict == "cannot tell":
            groups[-1].append(variant)
        else:
            groups.append([variant])
    number = {variant: index for index, group in enumerate(groups) for variant in group}
    ties = [
        (better, worse)
        for better, worse in combinations(order, 2)
        if number[better] != number[worse] and losses.difference(better, worse).verdict == "cannot tell"
    ]
    return Ranking(groups, ties)
