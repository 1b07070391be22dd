"""Which lines of a chunk cannot be names, and why."""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from makemore.preparation.text import MARKS, NEWLINE, Lines, selected

_LINE_BREAKING = {"Cc", "Zl", "Zp"}  # Unicode categories: control characters, line and paragraph separators
_INVISIBLE = MARKS - {0x061C, 0x200B}  # scripts without spaces break lines at U+200B
_NOT_IN_XML = {0xFFFE, 0xFFFF}  # nor are control characters; the figures are SVG, which is XML
LISTED = 20  # the problem of the first bad line is shown, and the numbers of this many
OR_SKIP = "or leave out bad lines (--skip-bad, data.skip_bad)"


class Problems(NamedTuple):
    """The bad lines of a chunk.

    found: how many there are
    first: the first few: the number of the line in its chunk, from 1, and what is wrong with it
    lines: how many lines the chunk has
    fatal: whether the text could not be read at all
    """

    found: int
    first: list[tuple[int, str]]
    lines: int
    fatal: bool = False


def find_problems(lines: Lines, end_marker: str, max_length: int) -> Problems | None:
    """The problems of `lines`; None if there are none."""
    codes = lines.counts.codes
    is_bad = _is_bad(lines, max_length) | _lines_with(lines, codes[lines.alphabet[codes] == ord(end_marker)])
    if not is_bad.any():
        return None
    first = [
        (int(lines.numbers[number]) + 1, _problem_of(lines, number, end_marker, max_length))
        for number in np.flatnonzero(is_bad)[:LISTED].tolist()
    ]
    return Problems(int(is_bad.sum()), first, lines.total)


def without_bad(lines: Lines, max_length: int) -> Lines:
    """`lines` without those that cannot be names whatever the end marker is."""
    is_bad = _is_bad(lines, max_length)
    if not is_bad.any():
        return lines
    kept = np.flatnonzero(~is_bad)
    return selected(lines, lines.starts[kept], lines.ends[kept], kept)


def _is_bad(lines: Lines, max_length: int) -> NDArray[np.bool_]:
    """Which lines are too long, or contain what no name can: bool (names)."""
    occurring = lines.counts.codes[lines.counts.codes != NEWLINE]
    bad = occurring[[bool(_problem_of_character(code)) for code in lines.alphabet[occurring].tolist()]]
    return _lines_with(lines, bad) | (lines.ends - lines.starts > max_length)


def _lines_with(lines: Lines, tokens: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which lines contain one of `tokens`: bool (names)."""
    found = np.zeros(len(lines.ends), np.bool_)
    if not len(tokens):
        return found
    found[np.searchsorted(lines.ends, np.flatnonzero(np.isin(lines.tokens, tokens)))] = True
    return found


def _problem_of(lines: Lines, number: int, end_marker: str, max_length: int) -> str:
    """The first problem of a name that has one."""
    codes = lines.alphabet[lines.tokens[lines.starts[number] : lines.ends[number]]].tolist()
    if problem := next(filter(None, map(_problem_of_character, codes)), ""):
        return f"{problem} inside a name; remove it, {OR_SKIP}"
    if len(codes) > max_length:
        return f"{len(codes)} characters, but data.max_length is {max_length}; change one of them, {OR_SKIP}"
    return f"the end marker {end_marker!r} inside a name; remove it, or choose another data.end_marker"


@cache
def _problem_of_character(code: int) -> str:
    if unicodedata.category(chr(code)) in _LINE_BREAKING or code in _INVISIBLE:
        return f"control character U+{code:04X}"
    return f"U+{code:04X}, which is not a character," if code in _NOT_IN_XML else ""
