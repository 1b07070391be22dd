"""How often each code occurs. Tallies can be merged in any grouping, and give the tally of everything counted."""

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
    def of(cls, codes: NDArray[Any]) -> "Tally":
        """The tally of `codes`, in any order and of any integer type."""
        ordered = np.sort(codes)
        first = np.flatnonzero(_differs_from_previous(ordered))
        return cls(ordered[first].astype(np.int64), np.diff(first, append=len(ordered)))

    @classmethod
    def of_small(cls, codes: NDArray[Any]) -> "Tally":
        """The same for small codes, faster, with a table of all counts up to the largest code."""
        return cls.of_table(_count_bytes(codes) if codes.dtype == np.uint8 else np.bincount(codes))

    @classmethod
    def of_table(cls, counts: NDArray[np.int64]) -> "Tally":
        """The tally of a table: the count of each code, int64 (codes), most of which may be 0."""
        codes = np.flatnonzero(counts)
        return cls(codes, counts[codes])

    @classmethod
    def merged(cls, tallies: Iterable["Tally"]) -> "Tally":
        """The tally of everything that `tallies` counted. Takes as much memory as all their codes."""
        nothing = np.zeros(0, np.int64)
        codes, counts = map(np.concatenate, zip((nothing, nothing), *tallies, strict=True))
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


def count_pairs(values: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How often the first and the second value, the third and the fourth, and so on are (i, j): int64 (256, 256).

    Both bytes of a pair are read as one number, so there are half as many things to count as values.
    """
    pairs = values[: len(values) // 2 * 2].view("<u2")  # the second value is the high byte
    return np.bincount(pairs, minlength=2**16).reshape(2**8, 2**8).T


def _count_bytes(values: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How often each value occurs: int64 (256)."""
    pairs = count_pairs(values)
    counts: NDArray[np.int64] = pairs.sum(axis=0) + pairs.sum(axis=1)
    if len(values) % 2:
        counts[values[-1]] += 1
    return counts


def _differs_from_previous(ordered: NDArray[Any]) -> NDArray[np.bool_]:
    differs = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=differs[1:])
    return differs
