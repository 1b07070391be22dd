"""The prepared corpus: everything that the stages after `prepare` know about the names.

Symbol 0 is the end marker, shown as `.`; the other symbols are the characters of the corpus, sorted by code point. The
name `emma` is the row `. e m m a .`: a model sees `. e m m a` and predicts `e m m a .`. There is no separate start
symbol: the end of one name is the start of the next, as in Karpathy's makemore lectures.

Repeated names are kept: a model should also learn how common a name is.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
import torch.nn.functional as F
from torch import Tensor

from makemore.core.artifacts import read_tensors
from makemore.core.files import damaged, write_bytes, write_json
from makemore.core.layout import BIGRAMS_FILE, TOKENS_FILE, VOCABULARY_FILE
from makemore.core.splits import SPLITS
from makemore.core.tokens import LARGEST_TABLE_SYMBOLS, PAD, bigram_counts, encode_rows, sparse_bigram_counts
from makemore.core.vocabulary import Vocabulary


@dataclass(frozen=True)
class Corpus:
    """A vocabulary and the token rows of each split.

    rows: for each split int64 (words, longest + 2), see `tokens.encode_rows`
    """

    vocabulary: Vocabulary
    rows: dict[str, Tensor]

    @classmethod
    def of(cls, splits: dict[str, list[str]], end_marker: str) -> "Corpus":
        """The corpus of the words in `splits`."""
        words = [word for split in splits.values() for word in split]
        vocabulary, longest = Vocabulary.of(words, end_marker), max(map(len, words))
        rows = {split: encode_rows(splits[split], vocabulary, longest) for split in splits}
        return cls(vocabulary, rows)

    @property
    def longest(self) -> int:
        """The number of characters of the longest name."""
        return self.rows["train"].shape[1] - 2

    @cached_property
    def bigrams(self) -> Tensor:
        """The bigram counts of train: int64 (vocab_size, vocab_size), see `tokens.bigram_counts`.

        Counting takes milliseconds, so no stage reads BIGRAMS_FILE. Raises UserError if the vocabulary is too large.
        """
        return bigram_counts(self.rows["train"], len(self.vocabulary))

    def words(self, split: str) -> list[str]:
        """The words of `split`, in order."""
        return [self.vocabulary.decode(row[1:]) for row in self.rows[split].tolist()]

    def save(self, folder: Path) -> None:
        """Writes the vocabulary, the token rows (as int16 or int32) and the bigram counts to `folder`.

        The counts are a table or, if the vocabulary is too large for one, the bigrams that occur and their counts.
        """
        dtype = torch.int16 if len(self.vocabulary) < 2**15 else torch.int32
        tokens = {split: rows.to(dtype) for split, rows in self.rows.items()}
        write_json(folder / VOCABULARY_FILE, list(self.vocabulary.symbols))
        write_bytes(folder / TOKENS_FILE, safetensors.torch.save(tokens))
        write_bytes(folder / BIGRAMS_FILE, safetensors.torch.save(self._stored_bigrams()))

    def _stored_bigrams(self) -> dict[str, Tensor]:
        if len(self.vocabulary) <= LARGEST_TABLE_SYMBOLS:
            return {"train": self.bigrams}
        codes, counts = sparse_bigram_counts(self.rows["train"], len(self.vocabulary))
        return {"train.bigrams": codes, "train.counts": counts}

    @classmethod
    def load(cls, folder: Path) -> "Corpus":
        """The corpus that `save` wrote to `folder`.

        Raises UserError if a file is missing or damaged, or if the two do not match.
        """
        vocabulary, tokens = Vocabulary.load(folder), read_tensors(folder / TOKENS_FILE)
        if problem := _problem_of_tokens(tokens, len(vocabulary)):
            raise damaged(folder / TOKENS_FILE, problem)
        return cls(vocabulary, {split: tokens[split].long() for split in SPLITS})


def _problem_of_tokens(tokens: dict[str, Tensor], vocab_size: int) -> str:
    """Why `tokens` are not the rows that `save` writes; empty if they are."""
    if tokens.keys() != set(SPLITS):
        return f"its tensors are not {', '.join(SPLITS)}"
    if len({(rows.dtype, rows.shape[1:]) for rows in tokens.values()}) > 1:
        return "the splits differ in type or width"
    for split, rows in tokens.items():
        if rows.dtype not in (torch.int16, torch.int32) or rows.dim() != 2 or rows.shape[1] < 3:
            return f"{split} does not hold rows of tokens"
        if rows.numel() and not -1 <= rows.min() <= rows.max() < vocab_size:
            return f"{split} has tokens that are not in the vocabulary"
        ended = (rows[:, 1:] == 0).cumsum(dim=1)  # (words, longest + 1): whether the name has ended
        padded = F.pad(ended, (1, 0))[:, :-1] > 0
        if (rows[:, 0] != 0).any() or (ended[:, -1:] != 1).any() or ((rows[:, 1:] == PAD) != padded).any():
            return f"{split} has rows that are not names"
    return "" if len(tokens["train"]) and len(tokens["dev"]) else "train or dev is empty"


def data_card(words: list[str], splits: dict[str, list[str]]) -> dict[str, Any]:
    """A summary of a corpus as JSON: how many names, which characters and lengths, and the size of each split.

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
