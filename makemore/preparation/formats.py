"""What a file of names really is, by its first bytes: a list, a compressed one, a table, or something else.

Names of files promise little: `names.txt` may be a page that a browser has saved. What is not a list of names would be
learned line by line, silently, so it is refused with the command that makes a list of it.
"""

import re
import shlex
from pathlib import Path

from makemore.core.errors import UserError, shown
from makemore.preparation.tables import Table, find_table, is_header, sample_lines

SAMPLE_BYTES = 2**16  # of a file, from which its format is told
WHOLE_LINE = "*"  # data.column for a file whose lines look like something else, but are names
PARQUET = b"PAR1\x15"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MOST = 0.9  # of the lines have to agree

_COMPRESSED = {  # how compressed files start
    "gzip": rb"\x1f\x8b",
    "bz2": rb"BZh[1-9](1AY&SY|\x17rE8P\x90)",
    "xz": rb"\xfd7zXZ\x00",
    "zstd": rb"\x28\xb5\x2f\xfd",
}
_OTHERS = (  # the first bytes, in lower case, of what is no list; what it is, and what to do
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself; run `git lfs pull`"),
    (b"pk\x03\x04", "a ZIP archive or an Office document; unpack it, or save the sheet as CSV in UTF-8"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document; save it as CSV or as text in UTF-8"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it"),
    (b"%pdf-", "a PDF document; copy its names into a text file, one on each line"),
    (b"{\\rtf", "an RTF document; save it as plain text in UTF-8, with one name on each line"),
    (b"sqlite format 3", "an SQLite database; export a column: sqlite3 FILE 'SELECT name FROM ...' > list.txt"),
    (b"<!doctype html", "a web page; download the file itself ('raw') and not the page that shows it"),
    (b"<html", "a web page; download the file itself ('raw') and not the page that shows it"),
    (b"<?xml", "XML; copy its names into a text file, one on each line"),
    (b"\xff\xfe", "UTF-16; save it as UTF-8: iconv -f UTF-16 -t UTF-8 FILE > list.txt"),
    (b"\xfe\xff", "UTF-16; save it as UTF-8: iconv -f UTF-16 -t UTF-8 FILE > list.txt"),
)


def compression(start: bytes) -> str:
    """The compression of a file with these first bytes; empty if it has none."""
    return next((name for name, magic in _COMPRESSED.items() if re.match(magic, start)), "")


def text_of(start: bytes, is_whole: bool) -> str:
    """The text of the first bytes of a file; without the last line if that may be cut, because they are not all."""
    text = start.decode(errors="replace")
    return text if is_whole else text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text


def refuse_other_formats(path: Path, start: bytes) -> None:
    """Raises UserError if the file at `path`, which starts with `start`, is known to be no text with names."""
    begins = start.lstrip(b" \t\r\n").lower()
    file = shlex.quote(path.name)
    for magic, what in _OTHERS:
        if begins.startswith(magic):
            raise UserError(f"{path}: this is {what.replace('FILE', file)}")
    if re.match(rb'[\[{]\s*["\[{]', begins):
        wanted = ".name" if re.match(rb"\[?\s*\{", begins) else "."
        each = ".[] | " if begins.startswith(b"[") else ""
        raise UserError(f"{path}: this is JSON; make a list of it: jq -r '{each}{wanted}' {file} > list.txt")
    if start.count(0) > 2 + len(start) / 50:
        raise UserError(f"{path}: this is binary data, not text; save the names as text in UTF-8, one on each line")


def refuse_other_lists(path: Path, start: str) -> None:
    """Raises UserError if the lines of a file, whose text starts with `start`, are more than names; says what to do."""
    if found := find_table(start):
        problem = f"looks like a table with {_described(found)}"
    else:
        problem = _problem_of_lines(sample_lines(start), shlex.quote(path.name))
    if problem:
        raise UserError(f"{path}: {problem}, or --column '{WHOLE_LINE}' if every line is a name")


def _described(found: Table) -> str:
    """The columns of a table, and the options that read them."""
    first, names = found.first, found.of_names
    row = ", ".join(cell.strip() for cell in first)[:100]
    column = shown(first[names].strip()) if found.has_header else names + 1
    weight = f" --weight {found.numbers[-1] + 1}" if found.numbers else ""
    how = f"--column {column}"
    if found.delimiter == " ":
        how = "--column 2 --weight 1"
    elif weight:
        how += f" (with{weight} if that says how often)"
    if not found.has_header and found.delimiter != " ":
        how += f", or --column {shown(first[names].strip())} if the first row names the columns"
    return f"{len(first)} columns (first row: {row}): use {how}"


def _problem_of_lines(lines: list[str], file: str) -> str:
    """What else than names the lines of a file have, and what to do; empty if nothing."""
    if len(lines) < 2:
        commas = "".join(lines).count(",")
        split = f"put one name on each line: tr ',' '\\n' < {file} > list.txt"
        return f"one line with {commas} commas; {split}" if commas > 2 else ""
    if lines[0].startswith("#") and sum(line.startswith("#") for line in lines) < len(lines) / 2:
        return f"comments that start with #; remove them: grep -v '^#' {file} > list.txt"
    if is_header(lines[0]):
        return f"the first line, {shown(lines[0].strip())}, looks like a header; use --column 1"
    unmark = f"remove them: sed -E 's/^ *([0-9]+[.)]|[-*•–]) +//' {file} > list.txt"
    for pattern, problem in (
        (r'\s*"[^"]+"\s*$', "names in quotes; use --column 1"),
        (r"\s*\d{1,7}[.)]\s", f"numbers in front of names; {unmark}"),
        (r"\s*[-*•–]\s", f"a list with bullets; {unmark}"),
    ):
        if sum(bool(re.match(pattern, line)) for line in lines) >= _MOST * len(lines):
            return problem
    return ""
