"""The symbols of a corpus and their tokens."""

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from makemore.core.artifacts import Artifact, checked
from makemore.core.errors import UserError, shown
from makemore.core.files import read_json
from makemore.core.layout import VOCABULARY_FILE
from makemore.core.results import Symbols

_SYMBOLS_LISTED = 40


class SavedVocabulary(Artifact):
    """The content of vocabulary.json under one key: the file is a list, but a shape is an object."""

    symbols: Symbols


@dataclass(frozen=True)
class Vocabulary:
    """The symbols that a model reads and writes. A symbol's token is its index; index 0 is the end marker."""

    symbols: tuple[str, ...]

    @classmethod
    def of(cls, names: list[str], end_marker: str) -> "Vocabulary":
        """The end marker, then every character in `names`, sorted by code point."""
        return cls((end_marker, *sorted(set("".join(names)))))

    @classmethod
    def load(cls, folder: Path) -> "Vocabulary":
        """The vocabulary of the corpus in `folder`.

        Raises UserError if the file is missing or damaged.
        """
        path = folder / VOCABULARY_FILE
        return cls(tuple(checked(path, {"symbols": read_json(path)}, SavedVocabulary).symbols))

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
            known = repr("".join(self.symbols[1 : _SYMBOLS_LISTED + 1]))[1:-1]  # some may be invisible
            more = "..." if len(self) > _SYMBOLS_LISTED + 1 else ""
            raise UserError(f"{shown(text)}: {error} is not in the vocabulary ({known}{more})") from None

    def decode(self, tokens: list[int]) -> str:
        """The text of `tokens` up to the first end marker."""
        end = tokens.index(0) if 0 in tokens else len(tokens)
        return "".join(self.symbols[token] for token in tokens[:end])
