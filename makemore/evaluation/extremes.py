"""The most and the least likely names of a split, found while its batches go by."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from makemore.core.results import ExtremeNames
from makemore.corpus.tokens import decode_names
from makemore.corpus.vocabulary import Vocabulary
from makemore.evaluation.losses import BatchLosses


class Extremes:
    """Collects the `count` most and the `count` least likely distinct names, by nats per symbol."""

    def __init__(self, vocabulary: Vocabulary, count: int) -> None:
        self._vocabulary = vocabulary
        self._lowest, self._highest = _Best(count, highest=False), _Best(count, highest=True)

    def add(self, batch: BatchLosses) -> None:
        """Considers the names of `batch`."""
        nll = batch.by_name()
        for best in (self._lowest, self._highest):
            chosen = best.candidates(nll)
            names = decode_names(batch.names.take(chosen), self._vocabulary)
            best.add(zip(nll[chosen].tolist(), names, strict=True))

    def found(self) -> ExtremeNames:
        """The names with their NLL, the most extreme first."""
        return ExtremeNames(most_likely=self._lowest.ranked(), least_likely=self._highest.ranked())


class _Best:
    """The lowest, or highest, names so far."""

    def __init__(self, count: int, highest: bool) -> None:
        self._count, self._highest = count, highest
        self._nll: dict[str, float] = {}
        self._worst = -math.inf if highest else math.inf  # of the names kept, if there are `count` of them

    def candidates(self, nll: NDArray[np.float64]) -> NDArray[np.int64]:
        """Which of the names with these losses may belong to the best."""
        return np.flatnonzero(nll >= self._worst if self._highest else nll <= self._worst)

    def add(self, names: Iterable[tuple[float, str]]) -> None:
        """Adds names; of equal ones, the first loss counts."""
        for nll, name in names:
            self._nll.setdefault(name, nll)
        if len(self._nll) > self._count:
            self._nll = self.ranked()
            self._worst = next(reversed(self._nll.values()), -self._worst)

    def ranked(self) -> dict[str, float]:
        """The best names, the most extreme first; of equally likely ones, the first or last in the alphabet."""
        ordered = sorted(self._nll.items(), key=lambda item: item[::-1], reverse=self._highest)
        return dict(ordered[: self._count])
