"""Intervals of losses, by bootstrap over distinct names.

Another sample of names would have given a slightly different loss. The bootstrap imitates other samples: it draws names
from the ones there are, with replacement and as many as there are, and computes the loss of each draw. The middle 95%
of these losses are the 95% interval (the percentile interval).

What is drawn is a distinct name with all its copies. The symbols of a name depend on each other, and so do copies of a
name; drawing them one by one would make the intervals too narrow. The number of symbols varies with the draw, so a loss
is a ratio: the sum of NLLs over the number of symbols.

All variants are measured on the same draws. Names that are hard for one variant are mostly hard for the others too, so
the difference of two variants varies much less than either of them: the comparison is paired.

The results are the same bytes everywhere. The draws are integers from Philox, whose stream is part of its definition.
NLLs are rounded to multiples of QUANTUM, so that all sums are integers that float64 holds exactly (up to 8 billion
nats), whatever the order in which a BLAS adds them.

Source: Efron, "Bootstrap Methods: Another Look at the Jackknife" (1979); Koehn, "Statistical Significance Tests for
Machine Translation Evaluation" (2004), https://aclanthology.org/W04-3250, for paired draws; Miller, "Adding Error Bars
to Evals" (2024), https://arxiv.org/abs/2411.00640, for clusters; Salmon et al., "Parallel Random Numbers: As Easy as
1, 2, 3" (2011), for Philox.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SEED = 1
DRAWS = 4_000  # another seed moves the end of an interval by 4% of a standard error; with 1,000 draws it would be 8%
DRAWS_AT_A_TIME = 500  # 8 MB of weights for MOST_UNITS
LEVEL = 0.95
FEWEST_NAMES = 20  # with fewer, intervals would be too narrow, and a difference could be chance
MOST_UNITS = 2_000  # more names than this are drawn in random groups: the width of an interval is then known to 2%
QUANTUM = 2.0**-20  # nats

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Interval(NamedTuple):
    """The interval in which a quantity lies with a confidence of LEVEL."""

    low: float
    high: float


class Bootstrap:
    """Draws from the distinct names of a split. The draws depend only on the number of names.

    symbols: int64 (names), how many predicted symbols each distinct name has, in all its copies
    """

    def __init__(self, symbols: Integers) -> None:
        self.names = len(symbols)
        self._groups: Integers | None = None
        if self.names > MOST_UNITS:
            self._groups = _below(MOST_UNITS, self.names, np.random.Philox(key=[SEED, 1]))
        self._symbols = self._by_unit(symbols.astype(np.float64)[:, None])  # (units, 1)

    @property
    def is_possible(self) -> bool:
        """Whether there are enough names for an interval."""
        return self.names >= FEWEST_NAMES

    def mean(self, nll: Floats) -> Floats:
        """The loss of each variant on the names themselves: float64 (variants); `nll` as in `draw`."""
        losses: Floats = self._losses(self._units(nll).sum(axis=0, keepdims=True))[0]
        return losses

    def draw(self, nll: Floats) -> Floats:
        """The loss of each variant in each draw, in nats per symbol: float64 (DRAWS, variants).

        nll: float64 (names, variants), the NLL of each distinct name, in nats, summed over its copies; may be infinite
        """
        return self._losses(self._draw(self._units(nll)))

    def _units(self, nll: Floats) -> Floats:
        """What is summed over the units of a draw, all of it integers: float64 (units, 2 * variants + 1).

        The columns are the NLL of each variant in QUANTUM nats, without the infinite ones; the number of the infinite
        ones; and the number of symbols.
        """
        finite = np.isfinite(nll)
        sums = np.rint(np.where(finite, nll, 0) / QUANTUM)
        return np.hstack([self._by_unit(sums), self._by_unit((~finite).astype(np.float64)), self._symbols])

    @staticmethod
    def _losses(sums: Floats) -> Floats:
        """Losses (draws, variants) in nats per symbol, from the sums of `_units` in each draw."""
        variants = sums.shape[1] // 2
        losses: Floats = sums[:, :variants] * QUANTUM / sums[:, -1:]
        return np.where(sums[:, variants:-1] > 0, np.inf, losses)

    def _by_unit(self, values: Floats) -> Floats:
        """`values` (names, columns) summed over the names of each unit that is drawn: (units, columns)."""
        if self._groups is None:
            return values
        columns = [np.bincount(self._groups, weights=column, minlength=MOST_UNITS) for column in values.T]
        return np.stack(columns, axis=1)

    def _draw(self, units: Floats) -> Floats:
        """The sums over the units of each draw: (DRAWS, columns), from the values of each unit (units, columns)."""
        generator, count = np.random.Philox(key=[SEED, 0]), len(units)
        sums = []
        for _ in range(DRAWS // DRAWS_AT_A_TIME):
            drawn = _below(count, DRAWS_AT_A_TIME * count, generator).reshape(DRAWS_AT_A_TIME, count)
            drawn += count * np.arange(DRAWS_AT_A_TIME)[:, None]
            weights = np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape)  # how often each was drawn
            sums.append(weights.astype(np.float64) @ units)
        return np.concatenate(sums)


def interval(losses: Floats) -> Interval:
    """The middle of the losses (or differences) of all draws, float64 (DRAWS).

    NaN is the difference of two infinite losses. It could be anything, so it counts as infinite on both sides.
    """
    outside = round(len(losses) * (1 - LEVEL) / 2)  # draws on either side
    low = np.sort(np.where(np.isnan(losses), -np.inf, losses))[outside]
    high = np.sort(np.where(np.isnan(losses), np.inf, losses))[-1 - outside]
    return Interval(float(low), float(high))


def _below(limit: int, count: int, generator: np.random.Philox) -> Integers:
    """`count` random integers below `limit`: int64 (count). From 32 bits each, so the bias is below limit / 2^32."""
    bits = generator.random_raw((count + 1) // 2).view(np.uint32)[:count]
    return ((bits.astype(np.uint64) * np.uint64(limit)) >> np.uint64(32)).astype(np.int64)
