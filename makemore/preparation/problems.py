"""Which lines of a chunk cannot be names, and why."""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from makemore.preparation.text import NEWLINE, Lines

_LINE_BREAKING = {"Cc", "Zl", "Zp"}  # Unicode categories: control characters, line and paragraph separators
_INVISIBLE = {*map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")}
_NOT_IN_XML = {0xFFFE, 0xFFFF}  # nor are control characters; the figures are SVG, which is XML
LISTED = 6  # the first problem of a file is shown, and the lines of the next five


class Problems(NamedTuple):
    """The problems of some lines.

    found: how many there are
    first: the first few: the number of the line in its chunk, from 1, and the message
    lines: the lines of the chunk
    fatal: whether the text could not be read at all
    """

    found: int
    first: list[tuple[int, str]]
    lines: int
    fatal: bool = False


def find_problems(lines: Lines, end_marker: str, max_length: int) -> Problems | None:
    """The problems of `lines`; None if there are none."""
    occurring = lines.counts.codes[lines.counts.codes != NEWLINE]
    codes = lines.alphabet[occurring]
    bad = occurring[[bool(_problem_of_character(code)) for code in codes.tolist()]]
    marker = occurring[codes == ord(end_marker)]
    too_long = lines.ends - lines.starts > max_length
    if not len(bad) and not len(marker) and not too_long.any():
        return None
    has_bad, has_marker = _lines_with(lines, bad), _lines_with(lines, marker)
    count = int(has_bad.sum() + has_marker.sum() + too_long.sum())
    first = [
        (int(lines.numbers[number]) + 1, problem)
        for number in np.flatnonzero(has_bad | has_marker | too_long)[:LISTED].tolist()
        for problem in _problems_of(lines, number, end_marker, max_length)
    ]
    return Problems(count, first[:LISTED], lines.total)


def _lines_with(lines: Lines, tokens: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which lines contain one of `tokens`: bool (names)."""
    found = np.zeros(len(lines.ends), np.bool_)
    found[np.searchsorted(lines.ends, np.flatnonzero(np.isin(lines.tokens, tokens)))] = True
    return found


def _problems_of(lines: Lines, number: int, end_marker: str, max_length: int) -> list[str]:
    """The problems of one name."""
    codes = lines.alphabet[lines.tokens[lines.starts[number] : lines.ends[number]]].tolist()
    problems = [problem for problem in map(_problem_of_character, codes) if problem][:1]
    if ord(end_marker) in codes:
        problems.append(f"the end marker {end_marker!r} inside a name; remove it, or choose another data.end_marker")
    if len(codes) > max_length:
        problems.append(f"{len(codes)} characters, but data.max_length is {max_length}")
    return problems


@cache
def _problem_of_character(code: int) -> str:
    if unicodedata.category(chr(code)) in _LINE_BREAKING or code in _INVISIBLE:
        return f"control character U+{code:04X} inside a name; remove it"
    return f"U+{code:04X}, which is not a character, inside a name; remove it" if code in _NOT_IN_XML else ""
