"""How often each code occurs. Tallies of parts can be merged in any grouping, and give the tally of the whole."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Counts = TypeVar("Counts")


class Tally(NamedTuple):
    """The codes that occur, ascending, and their counts: both int64 (distinct codes)."""

    codes: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, codes: NDArray[np.int64]) -> "Tally":
        """The tally of `codes`, in any order."""
        ordered = np.sort(codes)
        first = np.flatnonzero(_differs_from_previous(ordered))
        return cls(ordered[first], np.diff(first, append=len(ordered)))

    @classmethod
    def of_small(cls, codes: NDArray[Any]) -> "Tally":
        """The same for small codes of any integer type, faster, with a table of all counts up to the largest code."""
        counts = np.bincount(codes)
        found = np.flatnonzero(counts)
        return cls(found, counts[found].astype(np.int64))

    @classmethod
    def merged(cls, tallies: Iterable["Tally"]) -> "Tally":
        """The tally of everything that `tallies` counted. Takes as much memory as all their codes."""
        parts = list(tallies)
        codes = np.concatenate([np.zeros(0, np.int64), *(part.codes for part in parts)])
        counts = np.concatenate([np.zeros(0, np.int64), *(part.counts for part in parts)])
        order = np.argsort(codes, kind="stable")
        codes = codes[order]
        first = np.flatnonzero(_differs_from_previous(codes))
        return cls(codes[first], np.add.reduceat(counts[order], first) if len(first) else counts)

    def pairs(self) -> list[tuple[int, int]]:
        """Each code with its count."""
        return list(zip(self.codes.tolist(), self.counts.tolist(), strict=True))

    @property
    def total(self) -> int:
        """The number of things counted."""
        return int(self.counts.sum())


class Merger(Generic[Counts]):
    """Merges many tallies, one after the other, in the memory of about twice the result.

    Equal powers of two are merged first, as digits are carried in a binary counter, so each code is moved about
    log2(tallies) times.
    """

    def __init__(self, merge: Callable[[list[Counts]], Counts]) -> None:
        self._merge = merge
        self._levels: list[Counts | None] = []

    def add(self, counts: Counts) -> None:
        """Adds one tally."""
        for level, waiting in enumerate(self._levels):
            if waiting is None:
                self._levels[level] = counts
                return
            counts, self._levels[level] = self._merge([waiting, counts]), None
        self._levels.append(counts)

    def result(self) -> Counts:
        """The tally of everything that was added."""
        return self._merge([counts for counts in self._levels if counts is not None])


def _differs_from_previous(ordered: NDArray[np.int64]) -> NDArray[np.bool_]:
    differs = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=differs[1:])
    return differs
