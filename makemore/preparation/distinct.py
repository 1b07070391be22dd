"""How many names are distinct, for more names than fit into memory.

A name is represented by its hash of 64 bits. Two different names have the same hash with a probability of 5e-20, so
among 10 ** 8 names, the number is exact with a probability of 99.97 %, and otherwise one too low.

Hashes are collected in buckets by their first bits. Equal hashes are in the same bucket, so buckets can be counted one
after the other. When memory is full, they are written to a file each.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from makemore.core.files import os_errors

MOST_IN_MEMORY = 2**22  # hashes: 32 MB
BLOCK = 2**18  # hashes that are read at once
BUCKETS = 2**6

Hashes = NDArray[np.uint64]


class HashBuckets:
    """Collects hashes; `path` is the start of the names of its files. Those of an earlier process are deleted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._recent: list[list[Hashes]] = [[] for _ in range(BUCKETS)]
        self._in_memory = 0
        for leftover in path.parent.glob(f"{path.name}-*"):
            leftover.unlink()

    def add(self, hashes: Hashes) -> None:
        """Adds `hashes`. Raises FileError if a file cannot be written."""
        number = (hashes >> np.uint64(58)).astype(np.uint8)
        ends = np.cumsum(np.bincount(number, minlength=BUCKETS))
        grouped = np.split(hashes[np.argsort(number, kind="stable")], ends[:-1])
        for recent, part in zip(self._recent, grouped, strict=True):
            recent.append(part)
        self._in_memory += len(hashes)
        if self._in_memory > MOST_IN_MEMORY:
            self._write()

    def blocks(self, bucket: int) -> Iterator[Hashes]:
        """The hashes in a bucket, in blocks."""
        yield from self._recent[bucket]
        path = self._file(bucket)
        if path.exists():
            with os_errors(path, "read"), path.open("rb") as file:
                while len(block := np.fromfile(file, np.uint64, BLOCK)):
                    yield block

    def distinct(self, bucket: int) -> Hashes:
        """The distinct hashes in a bucket, in ascending order."""
        found, size = [np.zeros(0, np.uint64)], 0
        for block in self.blocks(bucket):
            found.append(block)
            size += len(block)
            if size > MOST_IN_MEMORY:
                found, size = [_distinct(np.concatenate(found))], 0
        return _distinct(np.concatenate(found))

    def _write(self) -> None:
        for bucket, recent in enumerate(self._recent):
            with os_errors(self._file(bucket), "written"), self._file(bucket).open("ab") as file:
                file.write(np.concatenate(recent).data)
            recent.clear()
        self._in_memory = 0

    def _file(self, bucket: int) -> Path:
        return self._path.with_name(f"{self._path.name}-{bucket:02d}")


class DistinctCounts(NamedTuple):
    """How many distinct names there are.

    names: in each split of the file of names
    dev: in the file of dev names
    also_in_train: how many lines of the file of dev names are also in train
    """

    names: dict[str, int]
    dev: int
    also_in_train: int


def count_by_split(names: HashBuckets, dev: HashBuckets, bounds: Hashes) -> DistinctCounts:
    """The counts of the names with these hashes; `bounds` are those of `split_bounds`."""
    by_split, in_dev, also_in_train = Counter[str](), 0, 0
    for bucket in range(BUCKETS):
        hashes = names.distinct(bucket)
        parts = dict(zip(("test", "dev", "train"), np.split(hashes, np.searchsorted(hashes, bounds)), strict=True))
        by_split.update({split: len(part) for split, part in parts.items()})
        in_dev += len(dev.distinct(bucket))
        also_in_train += sum(_count_in(block, parts["train"]) for block in dev.blocks(bucket))
    return DistinctCounts(by_split, in_dev, also_in_train)


def _distinct(hashes: Hashes) -> Hashes:
    """The distinct ones of `hashes`, in ascending order."""
    hashes.sort()
    differs = np.ones(len(hashes), np.bool_)
    np.not_equal(hashes[1:], hashes[:-1], out=differs[1:])
    return hashes[differs]


def _count_in(hashes: Hashes, others: Hashes) -> int:
    """How many of `hashes` are among `others`, which are in ascending order."""
    places = np.searchsorted(others, hashes)
    found = places < len(others)
    return int((others[places[found]] == hashes[found]).sum())
