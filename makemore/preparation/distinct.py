"""How many names are distinct, for more names than fit into memory.

A name is represented by its hash of 64 bits. Hashes are collected in sorted runs on disk, and counted range by range.
Two different names have the same hash with a probability of 5e-20, so among 10 ** 8 names, the number is exact with a
probability of 99.97 %, and otherwise one too low.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from makemore.core.files import os_errors

RUN_HASHES = 2**22  # 32 MB

Hashes = NDArray[np.uint64]


class DistinctHashes:
    """A set of hashes; `path` is the start of the names of its files."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._runs = 0
        self._run: Hashes = np.zeros(0, np.uint64)  # in ascending order
        self._recent: list[Hashes] = []  # in any order

    def add(self, hashes: Hashes) -> None:
        """Adds `hashes`, in any order. Raises FileError if a run cannot be written."""
        self._recent.append(hashes)
        if sum(map(len, self._recent)) + len(self._run) >= RUN_HASHES:
            self._sort()
            if len(self._run) >= RUN_HASHES // 2:  # few of them are repeated, so memory would soon be full again
                path = self._file(self._runs)
                with os_errors(path, "written"):
                    np.save(path, self._run)
                self._run, self._runs = self._run[:0], self._runs + 1

    def counts(self, bounds: Hashes) -> list[int]:
        """The number of distinct hashes below the first of `bounds`, from it to below the second, and so on."""
        ranges = 1 + sum(len(run) for run in self._sorted_runs()) // RUN_HASHES
        evenly = (number * 2**64 // ranges for number in range(ranges))
        starts = np.array(sorted({*evenly, *bounds.tolist()}), np.uint64)
        totals = [0] * (len(bounds) + 1)
        for number, start in enumerate(starts):
            found = _distinct(list(self._range(start, *starts[number + 1 : number + 2])))
            totals[int(np.searchsorted(bounds, start, side="right"))] += len(found)
        return totals

    def contains(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Which of `hashes` are in the set."""
        found = np.zeros(len(hashes), np.bool_)
        for run in self._sorted_runs():
            if len(run):
                found |= run[np.minimum(np.searchsorted(run, hashes), len(run) - 1)] == hashes
        return found

    def _range(self, start: np.uint64, end: np.uint64 | None = None) -> Iterator[Hashes]:
        """The hashes from `start` to below `end`, of each run."""
        for run in self._sorted_runs():
            last = len(run) if end is None else int(np.searchsorted(run, end))
            yield np.array(run[int(np.searchsorted(run, start)) : last])

    def _sorted_runs(self) -> Iterator[Hashes]:
        """All runs, one at a time: each is in ascending order."""
        for number in range(self._runs):
            yield np.load(self._file(number), mmap_mode="r")
        self._sort()
        yield self._run

    def _sort(self) -> None:
        """Sorts the hashes that are in memory."""
        if self._recent:
            self._run, self._recent = _distinct([self._run, *self._recent]), []

    def _file(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}-{number:05d}.npy")


def _distinct(hashes: list[Hashes]) -> Hashes:
    """The distinct ones of `hashes`, in ascending order."""
    ordered = np.concatenate(hashes)
    ordered.sort()
    differs = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=differs[1:])
    return ordered[differs]
