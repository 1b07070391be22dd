"""The names of a split, whatever their number: in parts, which are read when they are needed."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from makemore.corpus.parts import Names
from makemore.corpus.permutation import permuted
from makemore.corpus.tokens import encode_names, padded
from makemore.corpus.vocabulary import Vocabulary

BATCH_NAMES = 2**13
BATCH_TOKENS = 2**20  # with padding, so the padded rows of a batch take at most 8 MB
_OPEN_PARTS = 128  # each holds two file descriptors, one of them for its mapping
_NOTHING = np.zeros(0, np.uint8)


class SplitNames:
    """Names by number, from 0. What a method returns does not depend on the parts in which they are stored.

    symbols: how many symbols a model predicts: the characters and the end marker of each name
    longest: the characters of the longest name, or 0 if there are none
    """

    def __init__(self, counts: Sequence[int], symbols: int, longest: int, part: Callable[[int], Names]) -> None:
        """counts: the number of names of each part; part: opens the part with this number."""
        self.symbols, self.longest = symbols, longest
        self._first = np.cumsum([0, *counts])  # (parts + 1): the number of the first name of each part
        self._part = lru_cache(_OPEN_PARTS)(part)

    @classmethod
    def of(cls, names: list[str], vocabulary: Vocabulary) -> "SplitNames":
        """These names, in memory. Raises UserError for a character that is not in the vocabulary."""
        return cls.of_names(encode_names(names, vocabulary))

    @classmethod
    def of_names(cls, names: Names) -> "SplitNames":
        """The same for names that are tokens already: one part."""
        return cls([len(names)], len(names.tokens), names.longest, lambda _: names)

    def __len__(self) -> int:
        return int(self._first[-1])

    def parts(self) -> Iterator[Names]:
        """The names of each part, in order. How many parts there are is a matter of storage."""
        for number in range(len(self._first) - 1):
            part = self._part(number)
            yield part
            part.release()

    def batches(self) -> Iterator[Names]:
        """All names in order, in batches of a fixed number of names, which depends on `longest` only."""
        size = max(1, min(BATCH_NAMES, BATCH_TOKENS // (self.longest + 2)))
        for start in range(0, len(self), size):
            yield self.between(start, min(start + size, len(self)))

    def between(self, first: int, last: int) -> Names:
        """The names `first` to `last - 1`."""
        # They are in the part of the first one, in that of the last one, and in all parts between those.
        holding = range(int(self._part_of(first)), int(self._part_of(last - 1)) + 1) if first < last else range(0)
        bounds = [(number, int(self._first[number]), int(self._first[number + 1])) for number in holding]
        return joined(
            [self._part(number).between(max(first - start, 0), min(last, end) - start) for number, start, end in bounds]
        )

    def take(self, numbers: NDArray[np.int64]) -> Tensor:
        """The names with these numbers as padded rows: int64 (numbers, width), see `tokens.padded`."""
        return padded(self._gather(numbers))

    def some(self, count: int) -> "SplitNames":
        """At most `count` of the names, chosen at random but always the same ones, in order."""
        if count >= len(self):
            return self
        return SplitNames.of_names(self._gather(np.sort(permuted(np.arange(count), len(self), key=0))))

    def tensor(self) -> Tensor:
        """All names as padded rows: for few names."""
        return padded(self.between(0, len(self)))

    def _gather(self, numbers: NDArray[np.int64]) -> Names:
        """The names with these numbers, in their order."""
        parts = self._part_of(numbers)  # (numbers)
        places = numbers - self._first[parts]  # (numbers), within the part
        # One read per name: they are few, and anywhere in files that may be larger than memory.
        tokens = [self._part(part).name(place) for part, place in zip(parts.tolist(), places.tolist(), strict=True)]
        offsets = np.cumsum([0, *map(len, tokens)], dtype=np.uint32)
        return Names(np.concatenate([_NOTHING, *tokens]), offsets)

    def _part_of(self, numbers: NDArray[np.int64] | int) -> NDArray[np.int64]:
        """The part in which each name is. An empty part has the same first name as the next, which is the one found."""
        return np.asarray(np.searchsorted(self._first, numbers, side="right") - 1)


def joined(several: list[Names]) -> Names:
    """The names of all of `several`, as one."""
    if len(several) == 1:
        return several[0]
    starts = np.cumsum([0, *(len(names.tokens) for names in several)], dtype=np.uint32)
    # Each list counts its offsets from its own first token; the last offset of all is the number of tokens.
    offsets = [names.offsets[:-1] + start for names, start in zip(several, starts[:-1], strict=True)]
    tokens = np.concatenate([_NOTHING, *(names.tokens for names in several)])
    return Names(tokens, np.concatenate([*offsets, starts[-1:]]))
