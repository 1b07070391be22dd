"""What a file of names really is, by its first bytes: a list, a compressed one, a table, or something else.

Names of files promise little: `names.txt` may be a page that a browser has saved. What is not a list of names would be
learned line by line, silently, so it is refused with the command that makes a list of it.
"""

import csv
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from makemore.core.errors import UserError, shown

SAMPLE_BYTES = 2**16  # of a file, from which its format is told
_LINES = 200  # of these bytes
_DELIMITERS = ("\t", ";", ",", "|")
_MOST = 0.9  # of the lines have to agree

COMPRESSED = {  # the first bytes of compressed files
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
PARQUET = b"PAR1"
WHOLE_LINE = "*"  # data.column for a file whose lines look like a table, but are names

_OTHERS = (  # the first bytes, in lower case, of what is no list; what it is, and what to do
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself; run `git lfs pull`"),
    (b"pk\x03\x04", "a ZIP archive or an Office document; unpack it, or save the sheet as CSV in UTF-8"),
    (b"%pdf-", "a PDF document; copy its names into a text file, one on each line"),
    (b"sqlite format 3", "an SQLite database; export a column: sqlite3 FILE 'SELECT name FROM ...' > list.txt"),
    (b"<!doctype html", "a web page; download the file itself ('raw') and not the page that shows it"),
    (b"<html", "a web page; download the file itself ('raw') and not the page that shows it"),
    (b"<?xml", "XML; copy its names into a text file, one on each line"),
    (b"\xff\xfe", "UTF-16; save it as UTF-8: iconv -f UTF-16 -t UTF-8 FILE > list.txt"),
    (b"\xfe\xff", "UTF-16; save it as UTF-8: iconv -f UTF-16 -t UTF-8 FILE > list.txt"),
)
HEADERS = {  # first lines that are no name, but say that names follow
    *("name", "names", "word", "words", "title", "label", "token", "text", "value", "city", "smiles", "firstname"),
    *("first name", "first_name", "given name", "given_name", "last name", "surname", "vorname", "nombre", "prénom"),
    *("nom", "nome", "имя", "姓名", "名前", "이름"),
}


class Table(NamedTuple):
    """A table of text.

    delimiter: between its columns; " " is that of `uniq -c`: a count and the rest of the line
    first: the cells of its first line
    has_header: whether the first line names the columns
    """

    delimiter: str
    first: list[str]
    has_header: bool


def compression(start: bytes) -> str:
    """The compression of a file with these first bytes; empty if it has none."""
    return next((name for magic, name in COMPRESSED.items() if start.startswith(magic)), "")


def refuse_other_formats(path: Path, start: bytes) -> None:
    """Raises UserError if the file at `path`, which starts with `start`, is known to be no text with names."""
    begins = start.lstrip(b" \t\r\n").lower()
    for magic, what in _OTHERS:
        if begins.startswith(magic):
            raise UserError(f"{path}: this is {what.replace('FILE', path.name)}")
    if begins.startswith((b"[", b"{")) and re.match(rb'[\[{]\s*["\[{]', begins):
        wanted = ".name" if re.match(rb"\[?\s*\{", begins) else "."
        each = ".[] | " if begins.startswith(b"[") else ""
        raise UserError(f"{path}: this is JSON; make a list of it: jq -r '{each}{wanted}' {path.name} > list.txt")


def table(start: bytes, is_whole: bool) -> Table | None:
    """The table in a file that starts with `start`; None if its lines have no columns in common.

    is_whole: whether `start` is the whole file; otherwise its last line may be cut
    """
    lines = _lines(start, is_whole)
    for delimiter in _DELIMITERS:
        rows = list(csv.reader(lines, delimiter=delimiter))
        width, agreeing = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
        if width > 1 and agreeing >= _MOST * len(rows) and _is_table(rows, width, delimiter):
            return Table(delimiter, rows[0], _has_header(rows))
    counted = [re.fullmatch(r"\s*(\d+)\s+(\S.*)", line) for line in lines]
    if len(lines) > 1 and all(counted):
        return Table(" ", list(counted[0].groups()) if counted[0] else [], has_header=False)
    return None


def table_of_first_line(start: bytes) -> Table:
    """The table that the first line announces: for data.column, although other lines differ or have one column only."""
    lines = _lines(start, is_whole=True)[:1]
    rows = {delimiter: next(csv.reader(lines, delimiter=delimiter), []) for delimiter in _DELIMITERS}
    delimiter = max(rows, key=lambda each: (len(rows[each]), each == ","))
    return Table(delimiter, rows[delimiter], _has_header([rows[delimiter]]))


def _lines(start: bytes, is_whole: bool) -> list[str]:
    lines = start.decode("utf-8-sig", errors="replace").splitlines()
    complete = lines if is_whole else lines[:-1]
    return [line.strip() for line in complete if line.strip()][:_LINES]


def _is_table(rows: list[list[str]], width: int, delimiter: str) -> bool:
    """Whether a delimiter in every line means columns: `Smith, John` is a name."""
    if len(rows) < 2:
        return False
    spaced = sum(all(cell.startswith(" ") for cell in row[1:]) for row in rows)
    if delimiter == "," and spaced >= _MOST * len(rows):
        return False
    return delimiter != "," or width > 2 or _has_header(rows) or any(_numeric(rows, column) for column in range(width))


def _numeric(rows: list[list[str]], column: int) -> bool:
    """Whether a column has numbers below its first cell."""
    cells = [row[column].strip() for row in rows[1:] if len(row) > column]
    return bool(cells) and sum(bool(re.fullmatch(r"-?[\d.,]+%?", cell)) for cell in cells) >= _MOST * len(cells)


def _has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: by a usual name, or by text above numbers."""
    first = [cell.strip().casefold() for cell in rows[0]]
    above_numbers = any(_numeric(rows, column) and not re.search(r"\d", cell) for column, cell in enumerate(first))
    return above_numbers or bool(HEADERS & {*first})


def refuse_other_lists(path: Path, start: bytes, is_whole: bool) -> None:
    """Raises UserError if the lines of a file that starts with `start` are more than names, with what to do."""
    if found := table(start, is_whole):
        row = ", ".join(cell.strip() for cell in found.first)
        if found.delimiter == " ":
            how = "--column 2 --weight 1"
        else:
            how = f"--column {shown(found.first[0]) if found.has_header else 1}"
        raise UserError(
            f"{path}: looks like a table with {len(found.first)} columns (first row: {row[:100]}): use {how}, or "
            f"--column '{WHOLE_LINE}' if every line is a name"
        )
    lines = _lines(start, is_whole)
    if problem := _problem_of_lines(lines, path.name):
        raise UserError(f"{path}: {problem}, or use --column '{WHOLE_LINE}' if every line is a name")


def _problem_of_lines(lines: list[str], name: str) -> str:
    if len(lines) == 1 and lines[0].count(",") > 2:
        return (
            f"one line with {lines[0].count(',')} commas; put one name on each line: tr ',' '\\n' < {name} > list.txt"
        )
    if len(lines) > 1 and lines[0].strip().casefold() in HEADERS:
        return f"the first line, {shown(lines[0].strip())}, looks like a header; use --column 1"
    marks = {
        r"\d{1,7}[.)]\s": "numbers in front of names",
        r"[-*•–]\s": "a list with bullets",
    }
    for pattern, what in marks.items():
        if len(lines) > 1 and sum(bool(re.match(rf"\s*{pattern}", line)) for line in lines) >= _MOST * len(lines):
            return f"{what}; remove them: sed -E 's/^ *([0-9]+[.)]|[-*•–]) +//' {name} > list.txt"
    comments = sum(line.startswith("#") for line in lines)
    if lines and lines[0].startswith("#") and comments < len(lines) / 2:
        return f"comments that start with #; remove them: grep -v '^#' {name} > list.txt"
    return ""
