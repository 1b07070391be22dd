"""The prepared corpus: everything that the stages after `prepare` know about the names.

Symbol 0 is the end marker, shown as `.`; the other symbols are the characters of the corpus, sorted by code point. The
name `emma` is the row `. e m m a .`: a model sees `. e m m a` and predicts `e m m a .`. There is no separate start
symbol: the end of one name is the start of the next, as in Karpathy's makemore lectures.

Repeated names are kept: a model should also learn how common a name is.

A corpus may be larger than memory: its names are in parts (parts.py), files that are mapped and read when needed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from makemore.core.artifacts import read_artifact
from makemore.core.files import damaged
from makemore.core.layout import BIGRAMS_FILE, CARD_FILE, part_file
from makemore.corpus.bigrams import bigram_table, count_bigrams, load_bigrams
from makemore.corpus.card import DataCard, SplitCard
from makemore.corpus.parts import map_part, problem_of_part
from makemore.corpus.split_names import SplitNames
from makemore.corpus.splits import SPLITS
from makemore.corpus.tally import Merger, Tally
from makemore.corpus.tokens import decode_names
from makemore.corpus.vocabulary import Vocabulary


@dataclass(frozen=True)
class Corpus:
    """A vocabulary and the names of each split."""

    vocabulary: Vocabulary
    names: dict[str, SplitNames]
    _read_bigrams: Callable[[], Tally] = field(repr=False)

    @classmethod
    def of(cls, splits: dict[str, list[str]], end_marker: str) -> "Corpus":
        """The corpus of the names in `splits`, in memory."""
        vocabulary = Vocabulary.of([name for split in splits.values() for name in split], end_marker)
        names = {split: SplitNames.of(splits[split], vocabulary) for split in splits}
        return cls(vocabulary, names, lambda: bigrams_of(names["train"], len(vocabulary)))

    @property
    def longest(self) -> int:
        """The number of characters of the longest name."""
        return max(names.longest for names in self.names.values())

    @cached_property
    def bigram_tally(self) -> Tally:
        """The bigrams of train that occur, see `bigrams.count_bigrams`."""
        return self._read_bigrams()

    @cached_property
    def bigrams(self) -> Tensor:
        """The bigram counts of train: int64 (vocab_size, vocab_size), see `bigrams.bigram_table`.

        Raises UserError if the vocabulary is too large.
        """
        return torch.from_numpy(bigram_table(self.bigram_tally, len(self.vocabulary)))

    def decoded(self, split: str) -> list[str]:
        """The names of `split` as text, in order: for few names."""
        return decode_names(self.names[split].between(0, len(self.names[split])), self.vocabulary)

    def with_some_dev(self, count: int) -> "Corpus":
        """The same with at most `count` names in dev, see `SplitNames.some`: what training measures itself with."""
        return replace(self, names=self.names | {"dev": self.names["dev"].some(count)})

    @classmethod
    def load(cls, folder: Path) -> "Corpus":
        """The corpus that `prepare` wrote to `folder`. All its files are checked now, and read later.

        Raises UserError if a file is missing or damaged, or if the files do not match.
        """
        vocabulary, card = Vocabulary.load(folder), read_artifact(folder / CARD_FILE, DataCard)
        names = {split: _load_names(folder, split, getattr(card.splits, split), len(vocabulary)) for split in SPLITS}
        return cls(vocabulary, names, lambda: load_bigrams(folder / BIGRAMS_FILE, len(vocabulary)))


def bigrams_of(names: SplitNames, vocab_size: int) -> Tally:
    """The bigrams of `names`, see `bigrams.count_bigrams`."""
    merger = Merger(Tally.merged)
    for batch in names.batches():
        merger.add(count_bigrams(batch.tokens, vocab_size))
    return merger.result()


def _load_names(folder: Path, split: str, card: SplitCard, vocab_size: int) -> SplitNames:
    """The names of `split`: as many parts as it takes to have all names of the data card."""
    if split != "test" and not card.names:
        raise damaged(folder / CARD_FILE, f"{split} is empty")
    counts: list[int] = []
    symbols = longest = 0
    while sum(counts) < card.names:
        path = folder / part_file(split, len(counts))
        part = map_part(path)
        if problem := problem_of_part(part, vocab_size):
            raise damaged(path, problem)
        counts.append(len(part))
        symbols, longest = symbols + len(part.tokens), max(longest, part.longest)
        part.release()
    if (sum(counts), symbols) != (card.names, card.tokens):
        raise damaged(folder / CARD_FILE, f"it does not describe the names of {split}")
    return SplitNames(counts, symbols, longest, lambda number: map_part(folder / part_file(split, number)))
