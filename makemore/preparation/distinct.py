"""How many names are distinct, for more names than fit into memory.

A name is represented by its hash of 64 bits. Two different names have the same hash with a probability of 5e-20, so
among 10 ** 8 names, the number is exact with a probability of 99.97 %, and otherwise one too low.

Each chunk stores its hashes in ascending order. A range of values is read from all chunks and counted, then the next
one: equal hashes are in the same range, and only one range is in memory.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from makemore.core.files import damaged, os_errors

RANGE = 2**22  # hashes: 32 MB

Hashes = NDArray[np.uint64]


class StoredHashes(NamedTuple):
    """The hashes of a chunk, ascending: `size` of them in the file at `path`, from the byte `offset` on."""

    path: Path
    offset: int
    size: int

    def read(self, first: int, end: int) -> Hashes:
        """The hashes first, ..., end - 1. Raises UserError if the file has gone or is too short."""
        with os_errors(self.path, "read"):
            hashes = np.fromfile(self.path, np.uint64, end - first, offset=self.offset + 8 * first)
        if len(hashes) < end - first:
            raise damaged(self.path, "shorter than before")
        return hashes


class DistinctCounts(NamedTuple):
    """How many distinct names there are.

    names: in each split of the file of names
    dev: in the file of dev names
    also_in_train: how many lines of the file of dev names are also in train
    """

    names: dict[str, int]
    dev: int
    also_in_train: int

    @property
    def total(self) -> int:
        """Of the file of names."""
        return sum(self.names.values())


def count_by_split(names: Sequence[StoredHashes], dev: Sequence[StoredHashes], split_bounds: Hashes) -> DistinctCounts:
    """The counts of the names with these hashes; `split_bounds` are those of the function of this name."""
    by_split, in_dev, also_in_train = Counter[str](), 0, 0
    starts = _range_starts([*names, *dev])
    ranges_of_names, ranges_of_dev = _Ranges(names, starts), _Ranges(dev, starts)
    for number in range(len(starts)):
        hashes = ranges_of_names.ascending(number)
        of_splits = np.split(hashes, np.searchsorted(hashes, split_bounds))
        by_split.update(dict(zip(("test", "dev", "train"), map(_count_distinct, of_splits), strict=True)))
        in_dev += _count_distinct(ranges_of_dev.ascending(number))
        also_in_train += sum(_count_in(some, of_splits[-1]) for some in ranges_of_dev.read(number))
    return DistinctCounts(by_split, in_dev, also_in_train)


def _range_starts(chunks: Sequence[StoredHashes]) -> Hashes:
    """The first value of each range. If all hashes are distinct, a range has at most about RANGE of them."""
    count = sum(chunk.size for chunk in chunks) // RANGE + 1
    return np.array([2**64 * number // count for number in range(count)], np.uint64)


class _Ranges:
    """The hashes of all chunks, range by range."""

    def __init__(self, chunks: Sequence[StoredHashes], starts: Hashes) -> None:
        self._chunks = [(chunk, _bounds(chunk, starts)) for chunk in chunks]

    def read(self, number: int) -> Iterator[Hashes]:
        """The hashes of each chunk in the range with this number."""
        for chunk, bounds in self._chunks:
            yield chunk.read(*bounds[number : number + 2].tolist())

    def ascending(self, number: int) -> Hashes:
        """The hashes in a range, ascending, without some repeats: memory suffices even if all are equal."""
        found, size = [np.zeros(0, np.uint64)], 0
        for hashes in self.read(number):
            found.append(hashes)
            size += len(hashes)
            if size > 2 * RANGE:
                found, size = [np.unique(np.concatenate(found))], 0
        hashes = np.concatenate(found)
        hashes.sort()
        return hashes


def _bounds(chunk: StoredHashes, starts: Hashes) -> NDArray[np.int64]:
    """Where each range starts in the hashes of a chunk, and where the last one ends: int64 (ranges + 1)."""
    return np.append(np.searchsorted(chunk.read(0, chunk.size), starts), chunk.size)


def _count_distinct(hashes: Hashes) -> int:
    """How many of `hashes`, which are ascending, are distinct."""
    return int(np.count_nonzero(hashes[1:] != hashes[:-1])) + (len(hashes) > 0)


def _count_in(hashes: Hashes, others: Hashes) -> int:
    """How many of `hashes` are among `others`, which are ascending."""
    places = np.searchsorted(others, hashes)
    found = places < len(others)
    return int((others[places[found]] == hashes[found]).sum())
