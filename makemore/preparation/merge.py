"""The chunks, in order -> the files of the corpus: parts of names, vocabulary, bigrams of train, and the data card.

What a file contains does not depend on how the file was divided into chunks. The data card is written last, and deleted
first: a folder without it is not a corpus, so a killed process leaves none that is half written.
"""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from makemore.core.artifacts import write_artifact
from makemore.core.files import os_errors, write_json
from makemore.core.layout import BIGRAMS_FILE, CARD_FILE, VOCABULARY_FILE, part_file
from makemore.core.params import DataParams
from makemore.corpus.bigrams import save_bigrams
from makemore.corpus.card import DataCard, SplitCard, SplitCards
from makemore.corpus.parts import PART_TOKENS, Tokens, save_part, token_dtype
from makemore.corpus.splits import SPLITS, split_bounds
from makemore.corpus.tally import Tally
from makemore.corpus.vocabulary import Vocabulary
from makemore.preparation.chunk import PreparedChunk
from makemore.preparation.collect import PAIR_BITS, Collected
from makemore.preparation.distinct import DistinctCounts, count_by_split
from makemore.preparation.workers import beside


class PartWriter:
    """Writes the names of a split to `folder`, in parts (see corpus/parts.py)."""

    def __init__(self, folder: Path, split: str) -> None:
        self._folder, self._split = folder, split
        self._tokens: list[Tokens] = []
        self._lengths: list[NDArray[np.uint16]] = []
        self._number = self._symbols = 0
        self._limit = PART_TOKENS  # a name that starts here, or later, belongs to the next part

    def add(self, tokens: Tokens, lengths: NDArray[np.uint16]) -> None:
        """Adds names; `lengths` are the numbers of their tokens."""
        while len(lengths):
            if self._symbols >= self._limit:
                self.flush()
                self._limit = (self._symbols // PART_TOKENS + 1) * PART_TOKENS
            names, count = len(lengths), len(tokens)
            if self._symbols + count - int(lengths[-1]) >= self._limit:  # the last name belongs to a later part
                ends = np.cumsum(lengths, dtype=np.int64)
                names = int(np.searchsorted(self._symbols + ends - lengths, self._limit))
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


def _translated(tokens: Tokens, token_of: Tokens) -> Tokens:
    """`token_of[tokens]`; for bytes by bytes.translate, which is faster."""
    if tokens.dtype == token_of.dtype == np.uint8:
        return np.frombuffer(tokens.tobytes().translate(token_of.tobytes().ljust(2**8)), np.uint8)
    translated: Tokens = token_of[tokens]
    return translated


def write_corpus(names: Collected, dev: Collected, vocabulary: Vocabulary, data: DataParams, folder: Path) -> None:
    """Writes the corpus to `folder`, and deletes an earlier one.

    names: the file data.path
    dev: the file data.dev_path; if it has names, data.dev_share is 0
    """
    with os_errors(folder, "written"):
        (folder / CARD_FILE).unlink(missing_ok=True)
        for path in folder.glob("*.safetensors"):
            path.unlink()
    code_points = np.array([0, *map(ord, vocabulary.symbols[1:])])  # of each token
    with beside() as other:
        bounds = split_bounds(data.dev_share, data.test_share)
        counts = other.submit(count_by_split, names.hashes, dev.hashes, bounds)
        _write_parts(chain(names.chunks(), dev.chunks()), code_points, folder)
    write_json(folder / VOCABULARY_FILE, list(vocabulary.symbols))
    save_bigrams(folder / BIGRAMS_FILE, _bigrams(names.pairs, code_points), len(vocabulary))
    write_artifact(folder / CARD_FILE, _data_card(names, dev, counts.result()))


def _write_parts(chunks: Iterable[PreparedChunk], code_points: NDArray[np.int64], folder: Path) -> None:
    """Writes the names of all chunks, with the tokens of the whole corpus, whose `code_points` are int64 (tokens)."""
    writers, dtype = {split: PartWriter(folder, split) for split in SPLITS}, token_dtype(len(code_points))
    for chunk in chunks:
        token_of = np.searchsorted(code_points, chunk.alphabet).astype(dtype)  # for each token of the chunk
        for split, of_split in chunk.splits.items():
            # Copied: views of a stored chunk would keep it in memory.
            writers[split].add(_translated(of_split.tokens, token_of), of_split.lengths.copy())
    for writer in writers.values():
        writer.flush()


def _bigrams(pairs: Tally, code_points: NDArray[np.int64]) -> Tally:
    """The bigrams of `pairs` of code points, as pairs of tokens."""
    first, second = (np.searchsorted(code_points, codes) for codes in np.divmod(pairs.codes, 2**PAIR_BITS))
    return Tally(first * len(code_points) + second, pairs.counts)


def _data_card(names: Collected, dev: Collected, distinct_names: DistinctCounts) -> DataCard:
    of_names, of_dev, also_in_train = distinct_names
    splits = {
        split: SplitCard(
            names=names.names[split] + dev.names[split],
            distinct=of_names[split] + (of_dev if split == "dev" else 0),
            tokens=names.symbols[split] + dev.symbols[split],
            also_in_train=also_in_train if split == "dev" else 0,
        )
        for split in SPLITS
    }
    skipped = names.skipped + dev.skipped
    return DataCard(
        **({"skipped": skipped} if skipped else {}),
        lines=names.lengths.total,
        distinct=distinct_names.total,
        characters={chr(code): count for code, count in names.characters.pairs()},
        lengths={str(length): count for length, count in names.lengths.pairs()},
        splits=SplitCards(**splits),
    )
