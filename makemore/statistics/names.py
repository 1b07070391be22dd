"""The distinct names of a split, and the loss of each of them: what the evaluate stage writes for later comparisons.

Of more than MOST_NAMES distinct names, these are a random sample, so that memory does not grow with the corpus: those
with the smallest hashes of their tokens. They are the same for every variant, and whatever the order of the names.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import Tensor

from makemore.core.artifacts import read_tensors
from makemore.core.files import damaged, write_bytes
from makemore.corpus.parts import Names
from makemore.corpus.split_names import SplitNames, joined
from makemore.corpus.tokens import decode_names
from makemore.corpus.vocabulary import Vocabulary
from makemore.statistics.bootstrap import Floats, Integers

HELD_OUT = ("dev", "test")  # the splits whose losses have intervals
MOST_NAMES = 100_000  # 0.4 MB per variant; differences of 0.01 nats per symbol are still far outside the intervals
MOST_SYMBOLS = 2**26  # of all names, if they were as long as the longest one


@dataclass(frozen=True)
class DistinctNames:
    """Distinct names of a split, in the order of their tokens.

    names: one copy of each
    first: int64 (names), the number of its first copy
    copies: int64 (names), how often it occurs
    is_sample: whether there are more distinct names
    """

    names: Names
    first: Integers
    copies: Integers
    is_sample: bool

    @classmethod
    def of(cls, every: SplitNames) -> "DistinctNames":
        """The distinct ones of `every` name, or a sample of them."""
        found = _hashed(every, max(1, min(MOST_NAMES, MOST_SYMBOLS // (every.longest + 1))))
        by_number = np.argsort(found.first)
        first, copies = found.first[by_number], found.copies[by_number]
        names = _taken(every, first)
        order = _order(names)
        return cls(names.take(order), first[order], copies[order], is_sample=int(copies.sum()) < len(every))

    def __len__(self) -> int:
        return len(self.copies)

    @property
    def symbols(self) -> Integers:
        """How many predicted symbols each name has, in all its copies: int64 (names)."""
        return self.names.lengths * self.copies

    def decoded(self, vocabulary: Vocabulary) -> list[str]:
        """The names as text."""
        return decode_names(self.names, vocabulary)

    def nll(self, of_copy: Tensor) -> Floats:
        """The NLL of each name, in nats, summed over its copies: float64 (names), from that of one copy (names)."""
        nll: Floats = of_copy.double().numpy() * self.copies
        return nll


class LossesOfNames:
    """Collects the NLL of one copy of each of `names` while all names of their split go by, in order."""

    def __init__(self, names: DistinctNames) -> None:
        self._order = np.argsort(names.first)
        self._first = names.first[self._order]
        self._seen = 0
        self.nll = torch.zeros(len(names))  # float32 (names)

    def add(self, totals: Tensor) -> None:
        """Takes what is needed of the NLL of the next names, in nats: float64 (names)."""
        start, end = np.searchsorted(self._first, [self._seen, self._seen + len(totals)])
        self.nll[self._order[start:end]] = totals[self._first[start:end] - self._seen].float()
        self._seen += len(totals)


class _Hashed(NamedTuple):
    """Distinct names by the hash of their tokens, ascending: uint64, int64 and int64 (names), see `DistinctNames`."""

    hashes: NDArray[np.uint64]
    first: Integers
    copies: Integers

    @classmethod
    def merged(cls, several: "list[_Hashed]", most: int) -> "_Hashed":
        """The names of all of `several`, in order; of more than `most`, those with the smallest hashes."""
        hashes, first, copies = map(np.concatenate, zip(*several, strict=True))
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        place = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]])[: len(hashes)])
        copies = np.add.reduceat(copies[order], place) if len(place) else copies
        return cls(hashes[place][:most], first[order][place][:most], copies[:most])


def _hashed(names: SplitNames, most: int) -> _Hashed:
    """At most `most` distinct names. Memory holds them, and about as many that have not been merged with them yet."""
    nothing = np.zeros(0, np.int64)
    waiting, recent, largest, seen = [_Hashed(nothing.astype(np.uint64), nothing, nothing)], 0, None, 0
    for batch in names.batches():
        hashes, numbers = batch.hashes(), np.arange(seen, seen + len(batch))
        seen += len(batch)
        if largest is not None:  # there are `most` smaller hashes already
            numbers, hashes = numbers[hashes <= largest], hashes[hashes <= largest]
        waiting.append(_Hashed(hashes, numbers, np.ones_like(numbers)))
        recent += len(numbers)
        if recent >= most:
            waiting, recent = [_Hashed.merged(waiting, most)], 0
            largest = waiting[0].hashes[-1] if len(waiting[0].hashes) == most else None
    return _Hashed.merged(waiting, most)


def _taken(names: SplitNames, numbers: Integers) -> Names:
    """The names with these numbers, which ascend."""
    taken, seen = [], 0
    for batch in names.batches():
        start, end = np.searchsorted(numbers, [seen, seen + len(batch)])
        taken.append(batch.take(numbers[start:end] - seen))
        seen += len(batch)
    return joined(taken)


def _order(names: Names) -> Integers:
    """The numbers of `names` in the order of their tokens: int64 (names)."""
    tokens = names.tokens.astype(names.tokens.dtype.newbyteorder(">"))  # its bytes have the order of the tokens
    content, size = tokens.tobytes(), tokens.itemsize
    keys = [content[start * size : end * size] for start, end in pairwise(names.offsets.tolist())]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)


def write_losses(path: Path, losses: dict[str, Tensor]) -> None:
    """Writes the NLL of a copy of each distinct name, in nats, float32 (names), for each split."""
    write_bytes(path, safetensors.torch.save(losses))


def read_losses(path: Path, names: dict[str, DistinctNames]) -> dict[str, Floats]:
    """The NLL of each distinct name, summed over its copies, for each split of `names`: float64 (names).

    `names` may lack a split whose losses are not needed: finding its distinct names takes memory.

    Raises UserError if the file is missing or damaged, or is not about these names.
    """
    return parse_losses(read_tensors(path), names, path)


def parse_losses(tensors: dict[str, Tensor], names: dict[str, DistinctNames], path: Path) -> dict[str, Floats]:
    """The same for the tensors in a file, which an error calls `path`."""
    if tensors.keys() != {*HELD_OUT} or any(list(tensors[split].shape) != [len(each)] for split, each in names.items()):
        raise damaged(path, "not the losses of the names in the corpus")
    if any(tensor.dtype != torch.float32 or not (tensor >= 0).all() for tensor in tensors.values()):
        raise damaged(path, "it has losses that are negative or not numbers")
    return {split: each.nll(tensors[split]) for split, each in names.items()}
