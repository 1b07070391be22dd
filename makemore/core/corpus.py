"""A prepared corpus: what every stage after `prepare` knows of the names.

Symbol 0 is the end marker, shown as `.`; the other symbols are the characters of the corpus, sorted by code point. The
name `emma` is the row `. e m m a .`: a model sees `. e m m a` and predicts `e m m a .`. There is no separate start
symbol: the end of one name is the start of the next, as in Karpathy's makemore lectures.

Repeated names are kept: how often a name occurs is part of what a model should learn.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from makemore.core.files import read_bytes, read_json, write_bytes, write_json
from makemore.core.layout import BIGRAMS_FILE, TOKENS_FILE, VOCABULARY_FILE
from makemore.core.splits import SPLITS
from makemore.core.tokens import bigram_counts, encode_rows
from makemore.core.vocabulary import Vocabulary


@dataclass(frozen=True)
class Corpus:
    """A vocabulary, the token rows of each split, and the bigram counts of train.

    rows: for each split int64 (words, longest + 2), see `tokens.encode_rows`
    bigrams: int64 (vocab_size, vocab_size), see `tokens.bigram_counts`
    """

    vocabulary: Vocabulary
    rows: dict[str, Tensor]
    bigrams: Tensor

    @classmethod
    def of(cls, splits: dict[str, list[str]], end_marker: str) -> "Corpus":
        """The corpus of the words in `splits`."""
        words = [word for split in splits.values() for word in split]
        vocabulary, longest = Vocabulary.of(words, end_marker), max(map(len, words))
        rows = {split: encode_rows(splits[split], vocabulary, longest) for split in splits}
        return cls(vocabulary, rows, bigram_counts(rows["train"], len(vocabulary)))

    @property
    def longest(self) -> int:
        """The number of characters of the longest name."""
        return self.rows["train"].shape[1] - 2

    def words(self, split: str) -> list[str]:
        """The words of `split`, in order."""
        return [self.vocabulary.decode(row[1:]) for row in self.rows[split].tolist()]

    def save(self, folder: Path) -> None:
        """Writes the vocabulary, the token rows (as int16 or int32) and the bigram counts to `folder`."""
        dtype = torch.int16 if len(self.vocabulary) < 2**15 else torch.int32
        tokens = {split: rows.to(dtype) for split, rows in self.rows.items()}
        write_json(folder / VOCABULARY_FILE, list(self.vocabulary.symbols))
        write_bytes(folder / TOKENS_FILE, safetensors.torch.save(tokens))
        write_bytes(folder / BIGRAMS_FILE, safetensors.torch.save({"train": self.bigrams}))

    @classmethod
    def load(cls, folder: Path) -> "Corpus":
        """The corpus that `save` wrote to `folder`.

        Raises UserError if there is none.
        """
        vocabulary = Vocabulary(tuple(read_json(folder / VOCABULARY_FILE)))
        tokens = safetensors.torch.load(read_bytes(folder / TOKENS_FILE))
        bigrams = safetensors.torch.load(read_bytes(folder / BIGRAMS_FILE))
        return cls(vocabulary, {split: tokens[split].long() for split in SPLITS}, bigrams["train"])


def data_card(words: list[str], splits: dict[str, list[str]]) -> dict[str, Any]:
    """A summary of a corpus as JSON: how many names, of which characters and lengths, and what each split holds.

    words: the names in data.path, one for each line that is not blank
    In the result, `tokens` is the number of predicted symbols, including the end marker of each name.
    """
    lengths, train = Counter(map(len, words)), set(splits["train"])
    return {
        "lines": len(words),
        "distinct": len(set(words)),
        "characters": dict(sorted(Counter("".join(words)).items())),
        "lengths": {str(length): lengths[length] for length in sorted(lengths)},
        "splits": {
            split: {
                "words": len(members),
                "distinct": len(set(members)),
                "tokens": sum(len(word) + 1 for word in members),
                "words_also_in_train": sum(word in train for word in members) if split != "train" else 0,
            }
            for split, members in splits.items()
        },
    }
