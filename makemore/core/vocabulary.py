"""The symbols of a corpus and their tokens."""

import unicodedata
from dataclasses import dataclass
from functools import cached_property

from makemore.core.errors import UserError

_SYMBOLS_LISTED = 40


@dataclass(frozen=True)
class Vocabulary:
    """The symbols that a model reads and writes. A symbol's token is its index; index 0 is the end marker."""

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
            known = "".join(self.symbols[1 : _SYMBOLS_LISTED + 1])
            more = "..." if len(self) > _SYMBOLS_LISTED + 1 else ""
            raise UserError(f"{text!r}: {error} is not in the vocabulary ({known}{more})") from None

    def decode(self, tokens: list[int]) -> str:
        """The text of `tokens` up to the first end marker."""
        end = tokens.index(0) if 0 in tokens else len(tokens)
        return "".join(self.symbols[token] for token in tokens[:end])
