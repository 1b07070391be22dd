"""Which lines of a piece cannot be names, and why."""

import unicodedata
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from makemore.preparation.text import Names

_LINE_BREAKING = {"Cc", "Zl", "Zp"}  # Unicode categories: control characters, line and paragraph separators
_INVISIBLE = {*map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")}
_NOT_IN_XML = {0xFFFE, 0xFFFF}  # nor are control characters; the figures are SVG, which is XML
LISTED = 6  # the first problem of a file is shown, and the lines of the next five


class Problems(NamedTuple):
    """The problems of some lines.

    found: how many there are
    first: the first few: the number of the line in its piece, from 1, and the message
    lines: the lines of the piece
    fatal: whether the text could not be read at all
    """

    found: int
    first: list[tuple[int, str]]
    lines: int
    fatal: bool = False


def find_problems(names: Names, characters: NDArray[np.int64], end_marker: str, max_length: int) -> Problems | None:
    """The problems of `names`, whose distinct characters are `characters`; None if there are none."""
    bad = [code for code in characters.tolist() if _problem_of_character(code)]
    lengths = names.ends - names.starts
    marker = ord(end_marker)
    if not bad and marker not in characters and lengths.max(initial=0) <= max_length:
        return None
    has_bad, has_marker = _lines_with(names, bad), _lines_with(names, [marker])
    too_long = lengths > max_length
    count = int(has_bad.sum() + has_marker.sum() + too_long.sum())
    first = [
        (int(names.line[number]) + 1, problem)
        for number in np.flatnonzero(has_bad | has_marker | too_long)[:LISTED].tolist()
        for problem in _problems_of(names, number, end_marker, max_length)
    ]
    return Problems(count, first[:LISTED], names.lines)


def _lines_with(names: Names, codes: list[int]) -> NDArray[np.bool_]:
    """Which names contain one of `codes`: bool (names)."""
    found = np.zeros(len(names.ends), np.bool_)
    found[np.searchsorted(names.ends, np.flatnonzero(np.isin(names.codes, codes)))] = True
    return found


def _problems_of(names: Names, number: int, end_marker: str, max_length: int) -> list[str]:
    """The problems of one name."""
    codes = names.codes[names.starts[number] : names.ends[number]].tolist()
    problems = [problem for problem in map(_problem_of_character, codes) if problem][:1]
    if ord(end_marker) in codes:
        problems.append(f"the end marker {end_marker!r} inside a name; remove it, or choose another data.end_marker")
    if len(codes) > max_length:
        problems.append(f"{len(codes)} characters, but data.max_length is {max_length}")
    return problems


def _problem_of_character(code: int) -> str:
    if unicodedata.category(chr(code)) in _LINE_BREAKING or code in _INVISIBLE:
        return f"control character U+{code:04X} inside a name; remove it"
    return f"U+{code:04X}, which is not a character, inside a name; remove it" if code in _NOT_IN_XML else ""
