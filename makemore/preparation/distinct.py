"""How many names are distinct, for more names than fit into memory.

A name is represented by its hash of 64 bits. Two different names have the same hash with a probability of 5e-20, so
among 10 ** 8 names, the number is exact with a probability of 99.97 %, and otherwise one too low.

The hashes of each piece are sorted. A range of values is looked up in all pieces, and counted, then the next one: equal
hashes are in the same range, and only one range is in memory.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_IN_MEMORY = 2**22  # hashes: 32 MB

Hashes = NDArray[np.uint64]
Pieces = Callable[[], Iterator[Hashes]]  # the hashes of each piece, ascending


class DistinctCounts(NamedTuple):
    """How many distinct names there are.

    names: in each split of the file of names
    dev: in the file of dev names
    also_in_train: how many lines of the file of dev names are also in train
    """

    names: dict[str, int]
    dev: int
    also_in_train: int


def count_by_split(names: Pieces, dev: Pieces, lines: int, bounds: Hashes) -> DistinctCounts:
    """The counts of the names with these hashes.

    lines: about how many hashes there are in `names`
    bounds: those of `split_bounds`
    """
    by_split, in_dev, also_in_train = Counter[str](), 0, 0
    for first, last in _ranges(lines):
        hashes = _distinct_in(names, first, last)
        parts = dict(zip(("test", "dev", "train"), np.split(hashes, np.searchsorted(hashes, bounds)), strict=True))
        by_split.update({split: len(part) for split, part in parts.items()})
        in_dev += len(_distinct_in(dev, first, last))
        also_in_train += sum(_count_in(some, parts["train"]) for some in _in_range(dev, first, last))
    return DistinctCounts(by_split, in_dev, also_in_train)


def count_distinct(names: Pieces, lines: int) -> int:
    """The number of distinct names with these hashes, of which there are about `lines`."""
    return sum(len(_distinct_in(names, first, last)) for first, last in _ranges(lines))


def _ranges(lines: int) -> Iterator[tuple[np.uint64, np.uint64]]:
    """Ranges of values, both ends included, with about half of MOST_IN_MEMORY hashes in each if all are distinct."""
    count = 2 * lines // MOST_IN_MEMORY + 1
    ends = [2**64 * number // count for number in range(count + 1)]
    for first, end in zip(ends[:-1], ends[1:], strict=True):
        yield np.uint64(first), np.uint64(end - 1)


def _in_range(pieces: Pieces, first: np.uint64, last: np.uint64) -> Iterator[Hashes]:
    """The hashes of each piece from `first` to `last`, copied, so that no piece stays in memory for them."""
    for hashes in pieces():
        start, end = np.searchsorted(hashes, first), np.searchsorted(hashes, last, side="right")
        yield hashes[start:end].copy()


def _distinct_in(pieces: Pieces, first: np.uint64, last: np.uint64) -> Hashes:
    """The distinct hashes from `first` to `last`, ascending. Memory is bounded even if most names are the same one."""
    found, size = [np.zeros(0, np.uint64)], 0
    for hashes in _in_range(pieces, first, last):
        found.append(hashes)
        size += len(hashes)
        if size > MOST_IN_MEMORY:
            found, size = [_distinct(np.concatenate(found))], 0
    return _distinct(np.concatenate(found))


def _distinct(hashes: Hashes) -> Hashes:
    """The distinct ones of `hashes`, ascending."""
    hashes.sort()
    differs = np.ones(len(hashes), np.bool_)
    np.not_equal(hashes[1:], hashes[:-1], out=differs[1:])
    return hashes[differs]


def _count_in(hashes: Hashes, others: Hashes) -> int:
    """How many of `hashes` are among `others`, which are ascending."""
    places = np.searchsorted(others, hashes)
    found = places < len(others)
    return int((others[places[found]] == hashes[found]).sum())
