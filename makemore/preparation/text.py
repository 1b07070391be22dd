"""The text of a piece as lines: whitespace around a name is stripped, and the name is in Unicode normal form C.

Normal form C makes the two spellings of `é` (one code point, or `e` and a combining accent) the same name. Lines are
ranges of one array of code points; nothing here loops over lines, except over those that are not in normal form.
"""

import unicodedata
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NEWLINE = 10
_BLANKS = " \t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_LARGEST_BLANK = max(map(ord, _BLANKS))
_IS_BLANK = np.zeros(_LARGEST_BLANK + 2, np.bool_)  # by code point; the last entry stands for all larger ones
_IS_BLANK[[*map(ord, _BLANKS)]] = True

Codes = NDArray[np.uint8] | NDArray[np.uint32]


class Names(NamedTuple):
    """The names of a piece, in order.

    utf8: all names, each followed by a newline
    codes: uint8 or uint32 (characters): the same as code points
    ends: int64 (names): the place of each newline in `codes`
    line: int64 (names): the number of each name's line in the piece, from 0
    lines: the number of lines in the piece, blank ones included
    """

    utf8: bytes
    codes: Codes
    ends: NDArray[np.int64]
    line: NDArray[np.int64]
    lines: int

    @property
    def starts(self) -> NDArray[np.int64]:
        """The place of each name's first character: int64 (names)."""
        return starts_of(self.ends)


def read_names(content: bytes) -> Names:
    """The names in `content`, UTF-8 with any kind of line end.

    Raises UnicodeDecodeError if it is not UTF-8.
    """
    content = _with_newlines(content)
    text = content.decode()
    codes = code_points(text)
    ends = np.flatnonzero(codes == NEWLINE)
    names = Names(content, codes, ends, np.arange(len(ends)), len(ends))
    stripped = _stripped(names)
    if stripped is not names:
        text = stripped.utf8.decode()
    return stripped if unicodedata.is_normalized("NFC", text) else _normalised(stripped, text)


def count_lines(content: bytes) -> int:
    """The number of lines in `content`; the last one may have no line end."""
    return _with_newlines(content).count(b"\n")


def _with_newlines(content: bytes) -> bytes:
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content if not content or content.endswith(b"\n") else content + b"\n"


def starts_of(ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the lines with these ends start."""
    starts = np.zeros_like(ends)
    starts[1:] = ends[:-1] + 1
    return starts


def code_points(text: str) -> Codes:
    """The code points of `text`: uint8 if all are ASCII, otherwise uint32."""
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), np.uint8)
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def _stripped(names: Names) -> Names:
    """The same without whitespace around names, and without blank lines."""
    codes, starts, ends = names.codes, names.starts, names.ends
    blank_or_first = _is_blank(codes[starts]) | (starts == ends)
    if not (blank_or_first | _is_blank(codes[np.maximum(ends - 1, 0)])).any():
        return names
    solid = np.flatnonzero(~_is_blank(codes) & (codes != NEWLINE))
    if not len(solid):
        return Names(b"", codes[:0], ends[:0], ends[:0], names.lines)
    first, last = np.searchsorted(solid, starts), np.searchsorted(solid, ends)
    kept = np.flatnonzero(first < last)  # the lines that are not blank
    return _selected(names, solid[first[kept]], solid[last[kept] - 1] + 1, kept)


def _selected(names: Names, starts: NDArray[np.int64], ends: NDArray[np.int64], kept: NDArray[np.int64]) -> Names:
    """The lines `kept`, each cut to `starts:ends`."""
    edges = np.zeros(len(names.codes) + 1, np.int8)
    edges[starts] += 1
    edges[ends + 1] -= 1  # the place after the name becomes its newline
    codes = names.codes.copy()
    codes[ends] = NEWLINE
    codes = codes[np.cumsum(edges[:-1], dtype=np.int8).view(np.bool_)]
    utf8 = codes.tobytes() if codes.dtype == np.uint8 else codes.tobytes().decode("utf-32-le").encode()
    return Names(utf8, codes, np.cumsum(ends - starts + 1) - 1, names.line[kept], names.lines)


def _is_blank(codes: Codes) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = _IS_BLANK[np.minimum(codes, np.uint32(_LARGEST_BLANK + 1))]
    return found


def _normalised(names: Names, text: str) -> Names:
    """The same in normal form C. `text` is the text of `names`."""
    lines = text.split("\n")
    for number in np.unique(np.searchsorted(names.ends, np.flatnonzero(names.codes >= 0x300))).tolist():
        lines[number] = unicodedata.normalize("NFC", lines[number])  # characters below U+0300 are in normal form
    text = "\n".join(lines)
    codes = code_points(text)
    return names._replace(utf8=text.encode(), codes=codes, ends=np.flatnonzero(codes == NEWLINE))
