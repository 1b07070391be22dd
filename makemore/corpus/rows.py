"""The names of a split, whatever their number: in parts, which are read when they are needed."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from makemore.corpus.parts import Part
from makemore.corpus.permutation import permuted
from makemore.corpus.tokens import encode_names, padded
from makemore.corpus.vocabulary import Vocabulary

CHUNK_NAMES = 2**13
CHUNK_TOKENS = 2**20  # with padding, so a chunk of padded rows takes at most 8 MB
_OPEN_PARTS = 128  # each holds two file descriptors, one of them for its mapping
_NOTHING = np.zeros(0, np.uint8)


class Rows:
    """Names by number, from 0. What a method returns depends on the names only, not on how they are cut into parts.

    symbols: how many symbols a model predicts: the characters and the end marker of each name
    longest: the characters of the longest name, or 0 if there are none
    """

    def __init__(self, names: Sequence[int], symbols: int, longest: int, part: Callable[[int], Part]) -> None:
        """names: the number of names of each part; part: opens the part with this number."""
        self.symbols, self.longest = symbols, longest
        self._first = np.cumsum([0, *names])  # (parts + 1): the number of the first name of each part
        self._part = lru_cache(_OPEN_PARTS)(part)

    @classmethod
    def of(cls, names: list[str], vocabulary: Vocabulary) -> "Rows":
        """The rows of `names`. Raises UserError for a character that is not in the vocabulary."""
        return cls.of_part(encode_names(names, vocabulary))

    @classmethod
    def of_part(cls, part: Part) -> "Rows":
        """The names of one part that is in memory."""
        return cls([part.names], len(part.tokens), longest_name(part), lambda _: part)

    def __len__(self) -> int:
        return int(self._first[-1])

    def parts(self) -> Iterator[Part]:
        """All parts, in order. How the names are cut into parts is a matter of storage."""
        for number in range(len(self._first) - 1):
            part = self._part(number)
            yield part
            part.release()

    def chunks(self) -> Iterator[Part]:
        """All names in order, in chunks of a fixed number of names, which depends on `longest` only."""
        size = max(1, min(CHUNK_NAMES, CHUNK_TOKENS // (self.longest + 2)))
        for start in range(0, len(self), size):
            yield self.between(start, min(start + size, len(self)))

    def between(self, first: int, last: int) -> Part:
        """The names `first` to `last - 1`."""
        found = []
        for number in range(int(np.searchsorted(self._first, first, side="right")) - 1, len(self._first) - 1):
            start, end = self._first[number], self._first[number + 1]
            if start >= last:
                break
            found.append(self._part(number).between(int(max(first - start, 0)), int(min(last, end) - start)))
        return joined(found)

    def take(self, numbers: NDArray[np.int64]) -> Tensor:
        """The names with these numbers as padded rows: int64 (numbers, width), see `tokens.padded`."""
        return padded(self._gather(numbers))

    def some(self, count: int) -> "Rows":
        """At most `count` of the names, chosen at random but always the same ones, in order."""
        if count >= len(self):
            return self
        return Rows.of_part(self._gather(np.sort(permuted(np.arange(count), len(self), key=0))))

    def tensor(self) -> Tensor:
        """All names as padded rows: for few names."""
        return padded(self.between(0, len(self)))

    def _gather(self, numbers: NDArray[np.int64]) -> Part:
        parts = (np.searchsorted(self._first, numbers, side="right") - 1).tolist()
        places = (numbers - self._first[parts]).tolist()
        names = [self._part(number).name(place) for number, place in zip(parts, places, strict=True)]
        offsets = np.cumsum([0, *map(len, names)], dtype=np.uint32)
        return Part(np.concatenate([_NOTHING, *names]), offsets)


def longest_name(part: Part) -> int:
    """The characters of the longest name of `part`, or 0 if it has none."""
    return int(part.lengths.max(initial=1)) - 1


def joined(parts: list[Part]) -> Part:
    """The names of all `parts`, as one."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0, *(len(part.tokens) for part in parts)], dtype=np.uint32)
    offsets = [part.offsets[:-1] + start for part, start in zip(parts, starts[:-1], strict=True)]
    return Part(np.concatenate([_NOTHING, *(part.tokens for part in parts)]), np.concatenate([*offsets, starts[-1:]]))
