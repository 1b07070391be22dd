"""Counts the n-grams of a corpus of any size: memory grows with the distinct n-grams, not with the symbols.

The symbols of an n-gram are packed into numbers of 63 bits, as many into each as fit: 13 of 27 different symbols, for
instance. The n-grams of each batch of names are sorted and counted, and the counts of the batches are merged.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from makemore.corpus.parts import Names
from makemore.corpus.split_names import SplitNames
from makemore.corpus.tally import Merger, Tally

LARGEST = 2**63  # packed numbers are below


class Ngrams(NamedTuple):
    """Distinct n-grams, in ascending order, and how often each occurs.

    packed: int64 (numbers, n-grams): the numbers into which the symbols of each n-gram are packed
    counts: int64 (n-grams)
    """

    packed: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, packed: NDArray[np.int64]) -> "Ngrams":
        """The distinct ones of `packed`, in any order."""
        if len(packed) == 1:  # the usual case, and sorting one array is faster than ordering it
            codes, counts = Tally.of(packed[0])
            return cls(codes[np.newaxis], counts)
        return cls._summed(packed, np.ones(packed.shape[1], np.int64))

    @classmethod
    def _summed(cls, packed: NDArray[np.int64], counts: NDArray[np.int64]) -> "Ngrams":
        """The distinct ones of `packed`, in any order, each with the sum of its counts."""
        order = np.argsort(packed[0], kind="stable") if len(packed) == 1 else np.lexsort(packed[::-1])
        packed = packed[:, order]
        differs = np.ones(len(order), np.bool_)  # from the one before it
        np.any(packed[:, 1:] != packed[:, :-1], axis=0, out=differs[1:])
        first = np.flatnonzero(differs)
        return cls(packed[:, first], np.add.reduceat(counts[order], first) if len(first) else counts)

    @classmethod
    def merged(cls, several: Iterable["Ngrams"]) -> "Ngrams":
        """All n-grams of `several`."""
        packed, counts = zip(*several, strict=True)
        return cls._summed(np.concatenate(packed, axis=1), np.concatenate(counts))


def count_ngrams(names: SplitNames, order: int, vocab_size: int) -> tuple[list[Tensor], Tensor]:
    """The distinct n-grams of `order` symbols in `names`, and how often each occurs.

    Positions before the start of a name hold end markers.

    Returns the symbols at each place of the n-grams, from the oldest to the last: int64 (n-grams) each; and their
    counts, int64 (n-grams).
    """
    per_number = max(count for count in range(1, 64) if vocab_size**count <= LARGEST)
    places = [range(start, min(start + per_number, order)) for start in range(0, order, per_number)]
    merger = Merger(Ngrams.merged)
    for batch in names.batches():
        merger.add(Ngrams.of(_packed(batch, order, vocab_size, places)))
    packed, counts = merger.result()
    symbols = [
        torch.from_numpy(packed[number] // vocab_size ** (group.stop - 1 - place) % vocab_size)
        for number, group in enumerate(places)
        for place in group
    ]
    return symbols, torch.from_numpy(counts)


def _packed(names: Names, order: int, vocab_size: int, places: Sequence[range]) -> NDArray[np.int64]:
    """The n-grams that end at each symbol of `names`: int64 (numbers, symbols)."""
    tokens, position = names.tokens.astype(np.int64), names.positions()
    packed = np.zeros((len(places), len(tokens)), np.int64)
    for number, group in enumerate(places):
        for place in group:
            back = order - 1 - place
            symbol = np.zeros_like(tokens)
            symbol[back:] = tokens[: max(0, len(tokens) - back)]
            symbol[position < back] = 0
            packed[number] = packed[number] * vocab_size + symbol
    return packed
