"""The text of a chunk as lines: blanks around a name are stripped, and the name is in Unicode normal form C.

Invisible marks are stripped too. They come from other programs: a byte order mark where two files were joined, marks
of the direction of text, a zero-width space.

Normal form C makes the two spellings of `é` (one code point, or `e` and a combining accent) the same name. Lines are
ranges of one array of tokens; nothing here loops over lines, except over those that are not in normal form.
"""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from makemore.corpus.parts import Tokens, token_dtype
from makemore.corpus.tally import Tally

NEWLINE = 10  # the token of a newline, which is an ASCII character
_ASCII = np.arange(128)
MARKS = {*map(ord, "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")}
_BLANKS = np.array([ord("\t"), ord(" "), 0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000, *MARKS])


class Lines(NamedTuple):
    """The lines of a chunk that have a name, in order.

    utf8: all names, each followed by a newline
    tokens: uint8, uint16 or uint32 (characters): the same. An ASCII character is its own token, the others follow
    alphabet: int64 (tokens): the code point of each token, ascending
    counts: how often each token occurs
    ends: int64 (names): the place of each newline in `tokens`
    numbers: int64 (names): the number of each name's line in the chunk, from 0
    total: the number of lines in the chunk, blank ones included
    """

    utf8: bytes
    tokens: Tokens
    alphabet: NDArray[np.int64]
    counts: Tally
    ends: NDArray[np.int64]
    numbers: NDArray[np.int64]
    total: int

    @property
    def starts(self) -> NDArray[np.int64]:
        """The place of each name's first character: int64 (names)."""
        return starts_of(self.ends)

    def text(self) -> str:
        """All names, each followed by a newline."""
        return self.utf8.decode()


def read_lines(content: bytes) -> Lines:
    """The names in `content`, one a line, UTF-8 with any kind of line end.

    Raises UnicodeDecodeError if it is not UTF-8.
    """
    content = _with_newlines(content)
    tokens, alphabet = _numbered(content)
    ends = np.flatnonzero(tokens == NEWLINE)
    lines = Lines(content, tokens, alphabet, Tally.of_small(tokens), ends, np.arange(len(ends)), len(ends))
    return _normalised(_stripped(lines))


def not_utf8(content: bytes) -> tuple[bytes, list[tuple[int, str]]]:
    """`content` with blank lines in place of those that are not UTF-8; and the number of each of these, and why."""
    try:
        content.decode()
    except UnicodeDecodeError:
        rows, found = _with_newlines(content).split(b"\n"), []
        for number, row in enumerate(rows):
            try:
                row.decode()
            except UnicodeDecodeError as error:
                found.append((number + 1, f"not UTF-8 (byte 0x{row[error.start]:02x})"))
                rows[number] = b""
        return b"\n".join(rows), found
    return content, []


def _with_newlines(content: bytes) -> bytes:
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content if not content or content.endswith(b"\n") else content + b"\n"


def starts_of(ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the lines with these ends start."""
    starts = np.zeros_like(ends)
    np.add(ends[:-1], 1, out=starts[1:])
    return starts


def _numbered(content: bytes) -> tuple[Tokens, NDArray[np.int64]]:
    """The tokens of UTF-8 text, and their alphabet, as in `Lines`. Most characters of most texts are ASCII."""
    if content.isascii():
        return np.frombuffer(content, np.uint8), _ASCII
    codes = _code_points(content.decode())
    places = np.flatnonzero(codes >= len(_ASCII))
    others = codes[places]
    distinct = Tally.of_small(others).codes
    alphabet = np.concatenate([_ASCII, distinct])
    tokens = codes.astype(token_dtype(len(alphabet)))
    token_of = np.zeros(distinct[-1] + 1, tokens.dtype)
    token_of[distinct] = np.arange(len(_ASCII), len(alphabet))
    tokens[places] = token_of[others]
    return tokens, alphabet


def _code_points(text: str) -> NDArray[np.uint16] | NDArray[np.uint32]:
    """The code points of `text`, in 16 bits each if they fit."""
    codes = text.encode("utf-16-le")  # a code point that does not fit has two of these codes
    if len(codes) == 2 * len(text):
        return np.frombuffer(codes, np.uint16)
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def _stripped(lines: Lines) -> Lines:
    """The same without blanks and marks around names, and without blank lines."""
    tokens, starts, ends = lines.tokens, lines.starts, lines.ends
    is_blank = np.isin(lines.alphabet, _BLANKS)
    nothing_to_strip = starts < ends
    if is_blank[lines.counts.codes].any():
        nothing_to_strip &= ~(is_blank[tokens[starts]] | is_blank[tokens[ends - 1]])
    if nothing_to_strip.all():
        return lines
    is_blank[NEWLINE] = True
    solid = np.flatnonzero(~is_blank[tokens])
    first, last = np.searchsorted(solid, starts), np.searchsorted(solid, ends)
    kept = np.flatnonzero(first < last)  # the lines that are not blank
    return selected(lines, solid[first[kept]], solid[last[kept] - 1] + 1, kept)


def selected(lines: Lines, starts: NDArray[np.int64], ends: NDArray[np.int64], kept: NDArray[np.int64]) -> Lines:
    """The lines `kept`, each cut to `starts:ends`."""
    edges = np.zeros(len(lines.tokens) + 1, np.int8)
    edges[starts] += 1
    edges[ends + 1] -= 1  # the place after the name becomes its newline
    tokens = lines.tokens.copy()
    tokens[ends] = NEWLINE
    tokens = tokens[np.cumsum(edges[:-1], dtype=np.int8).view(np.bool_)]
    text = lines.alphabet[tokens].astype("<u4").tobytes().decode("utf-32-le")
    return lines._replace(
        utf8=text.encode(),
        tokens=tokens,
        counts=Tally.of_small(tokens),
        ends=np.cumsum(ends - starts + 1) - 1,
        numbers=lines.numbers[kept],
    )


def _normalised(lines: Lines) -> Lines:
    """The same in normal form C."""
    suspect = np.zeros(len(lines.alphabet), np.bool_)
    suspect[lines.counts.codes] = [may_change(code) for code in lines.alphabet[lines.counts.codes].tolist()]
    if not suspect.any() or unicodedata.is_normalized("NFC", lines.text()):
        return lines
    names = lines.text().split("\n")
    for number in np.unique(np.searchsorted(lines.ends, np.flatnonzero(suspect[lines.tokens]))).tolist():
        names[number] = unicodedata.normalize("NFC", names[number])
    utf8 = "\n".join(names).encode()
    tokens, alphabet = _numbered(utf8)
    ends = np.flatnonzero(tokens == NEWLINE)
    return lines._replace(utf8=utf8, tokens=tokens, alphabet=alphabet, counts=Tally.of_small(tokens), ends=ends)


@cache
def may_change(code: int) -> bool:
    """Whether the character with this code point is not in normal form C, or could combine with another one.

    Marks combine with what is before them, and so do letters of two scripts: Hangul and Kirat Rai.
    """
    is_joining_letter = 0x1100 <= code < 0x1200 or 0x16D40 <= code < 0x16D80
    character = chr(code)
    return (
        is_joining_letter
        or unicodedata.category(character)[0] == "M"
        or not unicodedata.is_normalized("NFC", character)
    )
