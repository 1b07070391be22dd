"""Tables of text, told from lists of names by the first lines of a file: their delimiter, their header.

Any text is a table for some reader of CSV, so what counts here are facts: the same number of cells in nearly every
line, and a column of numbers or a usual header. `Smith, John` is a name.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

_LINES = 200  # of the start of a file
_DELIMITERS = ("\t", ";", ",", "|")
_ONE_COLUMN = "\x1f"  # the delimiter of lines that have none: it cannot be in a name
_MOST = 0.9  # of the lines have to agree
_MISSING = {"", "na", "n/a", "nan", "null", "none", "-", "?"}
_NUMBER = re.compile(r"-?\d[\d.,]*%?")

_HEADERS = {  # first cells that are no name, but say that names follow
    *("name", "names", "fullname", "firstname", "lastname", "givenname", "surname", "forename", "nickname", "username"),
    *("word", "words", "title", "label", "token", "text", "value", "string", "smiles", "term", "lemma", "symbol"),
    *("city", "country", "place", "company", "player", "author", "species", "product", "brand", "street"),
    *("first", "last", "given name", "first name", "last name", "family name", "baby name", "child's first name"),
    *("vorname", "nachname", "nombre", "apellido", "prénom", "prenom", "nom", "nome", "cognome", "sobrenome"),
    *("имя", "фамилия", "姓名", "名字", "名前", "이름", "नाम", "اسم"),
}


class Table(NamedTuple):
    """A table of text.

    delimiter: between its columns; " " is that of `uniq -c`: a count and the rest of the line
    first: the cells of its first line
    has_header: whether the first line names the columns
    numbers: the indices of the columns with numbers
    quoted: whether quotes enclose cells, and are not part of them
    """

    delimiter: str
    first: list[str]
    has_header: bool
    numbers: list[int]
    quoted: bool

    @property
    def of_names(self) -> int:
        """The index of the column that is most likely to have the names."""
        named = [index for index, cell in enumerate(self.first) if self.has_header and is_header(cell)]
        texts = [index for index in range(len(self.first)) if index not in self.numbers]
        return [*named, *texts, 0][0]


def is_header(cell: str) -> bool:
    """Whether `cell` is what people call a column of names."""
    return _normal(cell) in _HEADERS or _normal(cell).endswith((" name", " names"))


def find_table(start: str) -> Table | None:
    """The table in a file that starts with the lines in `start`; None if they have no columns in common."""
    lines = sample_lines(start)
    if len(lines) < 2:
        return None
    for delimiter in _DELIMITERS:
        for rows, quoted in _readings(lines, delimiter):
            if _is_table(rows, delimiter):
                return _table(rows, delimiter, quoted)
    counted = [re.fullmatch(r"\s*(\d+)(?:\s+(.*))?", line) for line in lines]
    padded = sum(line.startswith(" ") for line in lines)
    if counted[0] and all(counted) and 2 * padded >= len(lines):
        return Table(" ", [cell or "" for cell in counted[0].groups()], has_header=False, numbers=[0], quoted=False)
    return None


def table_of_first_line(start: str) -> Table:
    """The table that the first line announces: for data.column, although other lines differ or have one column only."""
    first = sample_lines(start)[:1]
    found = [
        _table([row], delimiter, quoted)
        for delimiter in (_ONE_COLUMN, ",", "\t", ";", "|")
        for [row], quoted in [next(_readings(first, delimiter))]
    ]
    return max(found, key=lambda each: len(each.first))


def sample_lines(start: str) -> list[str]:
    """The first lines of a file that are not blank. Tabs at their ends stay: they may be empty cells."""
    lines = (line.rstrip(" \r\n") for line in start.splitlines())
    return [line for line in lines if line.strip()][:_LINES]


def _readings(lines: list[str], delimiter: str) -> Iterator[tuple[list[list[str]], bool]]:
    """The rows of a table as they can be read: with quotes around cells if they are balanced, and with plain quotes."""
    try:
        yield list(csv.reader(lines, delimiter=delimiter, strict=True)), True
    except csv.Error:
        yield list(csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)), False
        yield list(csv.reader(lines, delimiter=delimiter)), True  # the last cell may continue after these lines


def _is_table(rows: list[list[str]], delimiter: str) -> bool:
    width, agreeing = Counter(map(len, rows)).most_common(1)[0]
    filled = sum(sum(bool(cell.strip()) for cell in row) > 1 for row in rows)
    if len(rows) < 2 or agreeing < _MOST * len(rows) or 2 * filled < len(rows):
        return False
    if delimiter != "," or _has_header(rows, width) or any(_is_numeric(rows, column) for column in range(width)):
        return True
    spaced = sum(all(cell.startswith(" ") for cell in row[1:]) for row in rows)
    return width > 2 and spaced < _MOST * len(rows)


def _table(rows: list[list[str]], delimiter: str, quoted: bool) -> Table:
    width = Counter(map(len, rows)).most_common(1)[0][0]
    numbers = [column for column in range(width) if _is_numeric(rows, column)]
    return Table(delimiter, rows[0], _has_header(rows, width), numbers, quoted)


def _is_numeric(rows: list[list[str]], column: int) -> bool:
    """Whether a column has numbers below its first cell."""
    cells = [row[column].strip() for row in rows[1:] if len(row) > column]
    return bool(cells) and sum(bool(_NUMBER.fullmatch(cell)) for cell in cells) >= _MOST * len(cells)


def _has_header(rows: list[list[str]], width: int) -> bool:
    """Whether the first row names the columns: by a usual name, or by text above numbers."""
    first = rows[0]
    if len(first) != width:
        return False
    above_numbers = any(
        _is_numeric(rows, column) and _normal(cell) not in _MISSING and not _NUMBER.fullmatch(cell.strip())
        for column, cell in enumerate(first)
    )
    return above_numbers or any(map(is_header, first))


def _normal(cell: str) -> str:
    return re.sub(r"[\s_.-]+", " ", cell.strip(" \t\"':").casefold()).strip()
