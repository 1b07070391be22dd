"""Reads a text file of names: one name per line, checked, in Unicode normal form C."""

import unicodedata
from pathlib import Path

from makemore.core.errors import UserError
from makemore.core.files import open_regular, reason
from makemore.core.params import DataParams

_LINE_BREAKING = {"Cc", "Zl", "Zp"}  # Unicode categories: control characters, line and paragraph separators
_INVISIBLE = set("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
_BLANKS = " \t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_NOT_IN_XML = "\ufffe\uffff"  # nor are control characters; the figures are SVG, which is XML
_LINES_LISTED = 5


def read_words(path: Path, data: DataParams) -> list[str]:
    """The names in the file at `path`, in file order, with repeats.

    A byte order mark, any kind of line ending, blank lines, surrounding whitespace and a missing final newline are
    fine. Normal form C makes the two spellings of `é` (one code point, or `e` and a combining accent) the same name.

    Raises UserError, with the line numbers, for lines that cannot be names, and for a file that is not readable UTF-8.
    """
    lines = [unicodedata.normalize("NFC", line.strip(_BLANKS)) for line in _read_lines(path)]
    problems = [(number, problem) for number, word in enumerate(lines, 1) for problem in _problems(word, data)]
    if problems:
        number, problem = problems[0]
        others = [str(other) for other, _ in problems[1:]]
        listed = ", ".join([*others[:_LINES_LISTED], *(["..."] if len(others) > _LINES_LISTED else [])])
        more = f" (and {len(others)} more: lines {listed})" if others else ""
        raise UserError(f"{path}:{number}: {problem}{more}")
    return [word for word in lines if word]


def _read_lines(path: Path) -> list[str]:
    try:
        with open_regular(path) as file:
            content = file.read()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({reason(error)}); check data.path and data.dev_path") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{path}:{number}: not UTF-8 (byte 0x{content[error.start]:02x}); save the file as UTF-8"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _problems(word: str, data: DataParams) -> list[str]:
    """The reasons why `word` cannot be a name."""
    problems = []
    for character in word:
        if unicodedata.category(character) in _LINE_BREAKING or character in _INVISIBLE:
            problems.append(f"control character U+{ord(character):04X} inside a name; remove it")
            break
        if character in _NOT_IN_XML:
            problems.append(f"U+{ord(character):04X}, which is not a character, inside a name; remove it")
            break
    if data.end_marker in word:
        problems.append(
            f"the end marker {data.end_marker!r} inside a name; remove it, or choose another data.end_marker"
        )
    if len(word) > data.max_length:
        problems.append(f"{len(word)} characters, but data.max_length is {data.max_length}")
    return problems
