"""From a text file of names to tensors: lines -> checked words -> vocabulary -> splits -> token rows -> bigram counts.

Symbol 0 is the end marker, shown as `.`; the other symbols are the corpus's characters, sorted by code point. The name
`emma` is the row `. e m m a .`: a model sees `. e m m a` and predicts `e m m a .`. There is no start symbol of its own:
the end of one name is the start of the next, as in Karpathy's makemore lectures.

A name's split is a hash of (seed, name). So repeats of a name share a split, and a name added tomorrow moves no other.
Repeats are kept: how often a name stands in the file is part of what there is to learn.
"""

import hashlib
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import Tensor

from makemore.errors import UserError
from makemore.files import read_bytes, read_json, write_bytes, write_json
from makemore.params import DataParams

SPLITS = ("train", "dev", "test")
PAD = -1  # fills a row behind the name's end marker; as a target it is not counted
_BREAKING = {"Cc", "Zl", "Zp"}  # Unicode categories: control characters, line and paragraph separators
_INVISIBLE = set(
    "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)  # or reordering
_BLANKS = " \t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


# Lines -> checked words


def read_words(path: Path, data: DataParams) -> list[str]:
    """The names in the file at `path`, one a line, in order and with repeats, in Unicode normal form C.

    A byte order mark, any line ends, blank lines, blanks around a name and a missing last newline are no errors.
    Normal form C makes the two spellings of `é` (one code point, or `e` and an accent) the same name.

    Raises UserError with the line numbers for what cannot be a name, and for a file that cannot be read as UTF-8.
    """
    lines = [unicodedata.normalize("NFC", line.strip(_BLANKS)) for line in _read_lines(path)]
    problems = [(number, what) for number, word in enumerate(lines, 1) for what in _problems(word, data)]
    if problems:
        number, what = problems[0]
        others = [str(other) for other, _ in problems[1:]]
        more = (
            f" (and {len(others)} more: lines {', '.join(others[:5])}{', ...' * (len(others) > 5)})" if others else ""
        )
        raise UserError(f"{path}:{number}: {what}{more}")
    return [word for word in lines if word]


def _read_lines(path: Path) -> list[str]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); see data.path and data.dev_path") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{path}:{number}: not UTF-8 (byte 0x{content[error.start]:02x}); save the file as UTF-8"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _problems(word: str, data: DataParams) -> list[str]:
    """What keeps `word` from being a name, a sentence each."""
    found = []
    for character in word:
        if unicodedata.category(character) in _BREAKING or character in _INVISIBLE:
            found.append(f"control character U+{ord(character):04X} inside a name; remove it")
            break
    if data.end_marker in word:
        found.append(f"the end marker {data.end_marker!r} inside a name; remove it, or set data.end_marker to another")
    if len(word) > data.max_length:
        found.append(f"{len(word)} characters; data.max_length is {data.max_length}")
    return found


# Checked words -> vocabulary


@dataclass(frozen=True)
class Vocabulary:
    """The symbols a model reads and writes; a symbol's token is its index, and index 0 is the end marker."""

    symbols: tuple[str, ...]

    @classmethod
    def of(cls, words: list[str], end_marker: str) -> "Vocabulary":
        """The end marker, then every character in `words`, sorted by code point."""
        return cls((end_marker, *sorted(set("".join(words)))))

    def __len__(self) -> int:
        return len(self.symbols)

    @cached_property
    def _token(self) -> dict[str, int]:
        return {symbol: token for token, symbol in enumerate(self.symbols) if token}

    def encode(self, text: str) -> list[int]:
        """The tokens of `text`, without end markers.

        Raises UserError for a character that is not in the vocabulary.
        """
        try:
            return [self._token[character] for character in unicodedata.normalize("NFC", text)]
        except KeyError as error:
            known = "".join(self.symbols[1:41]) + ("..." if len(self) > 41 else "")
            raise UserError(f"{text!r}: {error} is not in the vocabulary ({known})") from None

    def decode(self, tokens: list[int]) -> str:
        """The text of `tokens` up to the first end marker."""
        end = tokens.index(0) if 0 in tokens else len(tokens)
        return "".join(self.symbols[token] for token in tokens[:end])


# Words -> splits


def split_of(word: str, data: DataParams) -> str:
    """The split of `word`: a function of the word and data.seed alone."""
    digest = hashlib.sha256(f"{data.seed}:{word}".encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64  # uniform in [0, 1)
    if position < data.test_share:
        return "test"
    return "dev" if position < data.test_share + data.dev_share else "train"


def split_words(words: list[str], dev_words: list[str], data: DataParams) -> dict[str, list[str]]:
    """The words of each split, in order and with repeats.

    `dev_words` are the words of a dev file of one's own, which become the dev split as they are; where there are none,
    `data.dev_share` of the distinct `words` are the dev split.

    Raises UserError where train or dev comes out empty.
    """
    if dev_words:
        data = data.model_copy(update={"dev_share": 0.0})
    splits: dict[str, list[str]] = {split: [] for split in SPLITS}
    for word in words:
        splits[split_of(word, data)].append(word)
    splits["dev"] += dev_words
    for split in ("train", "dev"):
        if not splits[split]:
            raise UserError(
                f"{data.path}: the {split} split of its {len(set(words))} distinct names is empty; "
                "add names, or change data.dev_share, data.test_share or data.seed"
            )
    return splits


# Splits -> token rows and bigram counts


def encode_rows(words: list[str], vocabulary: Vocabulary, longest: int) -> Tensor:
    """`words` as int64 rows `. e m m a . PAD PAD`, shape (len(words), longest + 2).

    Raises UserError for a character that is not in the vocabulary.
    """
    tokens = _tokens(unicodedata.normalize("NFC", "\n".join([*words, ""])), vocabulary)
    ends = np.flatnonzero(tokens == 0)
    if (tokens < 0).any() or len(ends) > len(words):
        for word in words:
            vocabulary.encode(word)  # raises for the first one that has such a character
    lengths = np.diff(ends, prepend=-1) - 1  # (words)
    rows = np.full((len(words), longest + 2), PAD)
    rows[:, 0] = 0
    rows[:, 1:][np.arange(longest + 1) <= lengths[:, None]] = tokens
    return torch.from_numpy(rows)


def _tokens(lines: str, vocabulary: Vocabulary) -> NDArray[np.int64]:
    """The tokens of all characters of `lines`, the end of a line being the end marker; -1 for unknown characters.

    There is no loop over characters in it.
    """
    token_of = np.full(max(map(ord, vocabulary.symbols)) + 11, -1)  # the last place is for all that lies beyond
    token_of[_code_points("".join(vocabulary.symbols[1:]))] = np.arange(1, len(vocabulary))
    token_of[ord("\n")] = 0
    tokens: NDArray[np.int64] = token_of[np.minimum(_code_points(lines), len(token_of) - 1)]
    return tokens


def _code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def inputs_and_targets(rows: Tensor) -> tuple[Tensor, Tensor]:
    """What a model sees and what it must predict: int64, both (rows, width - 1).

    Targets hold PAD behind a name's end; what the inputs hold there has no effect, since no model looks ahead.
    """
    return rows[:, :-1].clamp(min=0), rows[:, 1:]


def bigram_counts(rows: Tensor, vocab_size: int) -> Tensor:
    """How often each symbol (column) follows each symbol (row): int64, (vocab_size, vocab_size)."""
    inputs, targets = inputs_and_targets(rows)
    pairs = (inputs * vocab_size + targets)[targets != PAD]
    return torch.bincount(pairs, minlength=vocab_size**2).view(vocab_size, vocab_size)


@dataclass(frozen=True)
class Corpus:
    """A prepared corpus, as the other stages see it.

    rows: for each split int64 (words, longest + 2), see `encode_rows`
    bigrams: the bigram counts of train, int64 (vocab_size, vocab_size)
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
        """Writes vocabulary.json, tokens.safetensors (int16 or int32 rows) and bigrams.safetensors to `folder`."""
        dtype = torch.int16 if len(self.vocabulary) < 2**15 else torch.int32
        tokens = {split: rows.to(dtype) for split, rows in self.rows.items()}
        write_json(folder / "vocabulary.json", list(self.vocabulary.symbols))
        write_bytes(folder / "tokens.safetensors", safetensors.torch.save(tokens))
        write_bytes(folder / "bigrams.safetensors", safetensors.torch.save({"train": self.bigrams}))

    @classmethod
    def load(cls, folder: Path) -> "Corpus":
        """The corpus that `save` wrote to `folder`.

        Raises UserError where there is none.
        """
        vocabulary = Vocabulary(tuple(read_json(folder / "vocabulary.json")))
        tokens = safetensors.torch.load(read_bytes(folder / "tokens.safetensors"))
        bigrams = safetensors.torch.load(read_bytes(folder / "bigrams.safetensors"))
        return cls(vocabulary, {split: tokens[split].long() for split in SPLITS}, bigrams["train"])


def data_card(words: list[str], splits: dict[str, list[str]]) -> dict[str, Any]:
    """What is in a corpus, as JSON: how many names of which characters and lengths, and what is in each split.

    `words` are the words of data.path, one for each line that is not blank; `tokens` counts predicted symbols, the end
    marker of each name included.
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
