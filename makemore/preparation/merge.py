"""The pieces, in order -> the files of the corpus: parts of names, vocabulary, bigrams of train, and the data card.

What a file contains does not depend on how the names were cut into pieces. The data card is written last, and deleted
first: a folder without it is not a corpus, so a killed process leaves none that is half written.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from makemore.core.bigrams import save_bigrams
from makemore.core.files import os_errors, write_json
from makemore.core.layout import BIGRAMS_FILE, CARD_FILE, VOCABULARY_FILE, part_file
from makemore.core.params import DataParams
from makemore.core.parts import PART_TOKENS, Tokens, save_part, token_dtype
from makemore.core.splits import SPLITS, split_bounds, split_numbers
from makemore.core.tally import Tally
from makemore.core.vocabulary import Vocabulary
from makemore.preparation.collect import PAIR_BITS, Collected
from makemore.preparation.distinct import DistinctHashes
from makemore.preparation.piece import Piece

_NO_BOUNDS = np.zeros(0, np.uint64)


class PartWriter:
    """Writes the names of a split to `folder`, in parts (see core/parts.py)."""

    def __init__(self, folder: Path, split: str) -> None:
        self._folder, self._split = folder, split
        self._tokens: list[Tokens] = []
        self._lengths: list[NDArray[np.uint16]] = []
        self._number = self._symbols = 0
        self._limit = PART_TOKENS  # a name that starts here, or later, belongs to the next part

    def add(self, tokens: Tokens, lengths: NDArray[np.uint16]) -> None:
        """Adds names; `lengths` are the numbers of their tokens."""
        while len(lengths):
            ends = np.cumsum(lengths, dtype=np.int64)
            starts = self._symbols + ends - lengths
            if starts[0] >= self._limit:
                self.flush()
                self._limit = (int(starts[0]) // PART_TOKENS + 1) * PART_TOKENS
            names = int(np.searchsorted(starts, self._limit))
            count = int(ends[names - 1])
            self._tokens.append(tokens[:count])
            self._lengths.append(lengths[:names])
            self._symbols += count
            tokens, lengths = tokens[count:], lengths[names:]

    def flush(self) -> None:
        """Writes the names that have been added since the last part, if there are any."""
        if self._tokens:
            path = self._folder / part_file(self._split, self._number)
            save_part(path, np.concatenate(self._tokens), np.concatenate(self._lengths))
            self._tokens, self._lengths, self._number = [], [], self._number + 1


class NameWriter:
    """Writes the names of pieces to `folder`, with the tokens of `vocabulary`."""

    def __init__(self, folder: Path, vocabulary: Vocabulary) -> None:
        self._code_points = np.array([0, *map(ord, vocabulary.symbols[1:])])
        self._dtype = token_dtype(len(vocabulary))
        self._parts = {split: PartWriter(folder, split) for split in SPLITS}

    def add(self, piece: Piece) -> None:
        """Adds the names of the next piece."""
        own = np.concatenate([np.zeros(1, np.int64), piece.characters.codes])
        token = np.searchsorted(self._code_points, own).astype(self._dtype)  # for each token of the piece
        for split, names in piece.splits.items():
            self._parts[split].add(token[names.tokens], names.lengths)

    def flush(self) -> None:
        """Writes the last part of each split."""
        for parts in self._parts.values():
            parts.flush()


def write_corpus(
    names: Collected, dev: Collected, vocabulary: Vocabulary, data: DataParams, folder: Path, scratch: Path
) -> None:
    """Writes the corpus to `folder`, in place of the one that is there.

    names: the file data.path
    dev: the file data.dev_path; if it has names, data.dev_share is 0
    scratch: a folder for temporary files
    """
    with os_errors(folder, "written"):
        (folder / CARD_FILE).unlink(missing_ok=True)
        for path in folder.glob("*.safetensors"):
            path.unlink()
    writer = NameWriter(folder, vocabulary)
    distinct, distinct_dev = DistinctHashes(scratch / "distinct"), DistinctHashes(scratch / "distinct-dev")
    for source, hashes in ((names, distinct), (dev, distinct_dev)):
        for piece in source.pieces():
            writer.add(piece)
            hashes.add(piece.hashes)
    writer.flush()
    write_json(folder / VOCABULARY_FILE, list(vocabulary.symbols))
    save_bigrams(folder / BIGRAMS_FILE, _bigrams(names.pairs, vocabulary), len(vocabulary))
    in_test, in_dev, in_train = distinct.counts(split_bounds(data.dev_share, data.test_share))
    by_split = {"train": in_train, "dev": in_dev + sum(distinct_dev.counts(_NO_BOUNDS)), "test": in_test}
    also_in_train = 0
    for piece in dev.pieces():
        is_train = split_numbers(piece.hashes, data.dev_share, data.test_share) == SPLITS.index("train")
        also_in_train += int((is_train & distinct.contains(piece.hashes)).sum())
    write_json(folder / CARD_FILE, _data_card(names, dev, in_test + in_dev + in_train, by_split, also_in_train))


def count_distinct(names: Collected, scratch: Path) -> int:
    """The number of distinct names in a file."""
    distinct = DistinctHashes(scratch / "distinct")
    for piece in names.pieces():
        distinct.add(piece.hashes)
    return sum(distinct.counts(_NO_BOUNDS))


def _bigrams(pairs: Tally, vocabulary: Vocabulary) -> Tally:
    """The bigrams of `pairs` of code points, with the tokens of `vocabulary`."""
    code_points = np.array([0, *map(ord, vocabulary.symbols[1:])])
    first, second = np.divmod(pairs.codes, 2**PAIR_BITS)
    tokens = np.searchsorted(code_points, first) * len(vocabulary) + np.searchsorted(code_points, second)
    return Tally(tokens, pairs.counts)


def _data_card(
    names: Collected, dev: Collected, distinct: int, by_split: dict[str, int], also_in_train: int
) -> dict[str, Any]:
    """A summary of the corpus as JSON: how many names, which characters and lengths, and the size of each split.

    distinct, by_split: the numbers of distinct names in data.path, and in each split
    also_in_train: how many names of dev are also in train

    In the result, `tokens` is the number of predicted symbols, including the end marker of each name.
    """
    return {
        "lines": names.lengths.total,
        "distinct": distinct,
        "characters": {chr(code): count for code, count in names.characters.pairs()},
        "lengths": {str(length): count for length, count in names.lengths.pairs()},
        "splits": {
            split: {
                "words": names.names[split] + dev.names[split],
                "distinct": by_split[split],
                "tokens": names.symbols[split] + dev.symbols[split],
                "words_also_in_train": also_in_train if split == "dev" else 0,
            }
            for split in SPLITS
        },
    }
