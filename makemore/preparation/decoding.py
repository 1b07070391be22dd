"""The text of a file of names as blocks of bytes: plain, compressed, or a column of a table.

    a list                    UTF-8 text with one name on each line, read without looking at it more than once
    compressed                gzip, bzip2, xz or Zstandard, recognised by its first bytes
    a column of a table       with data.column, a name or a number: of text with , ; | or tab, or of a Parquet file

What is something else is refused (formats.py). With data.weight, another column, a name is repeated as often as its
number says. The values of a column become lines, and the header a blank line, so the line numbers in messages are those
of the rows, as long as no value spans several lines and names are not repeated. Only a few blocks are in memory at a
time. pyarrow, which reads tables, is imported only if it is needed.
"""

import io
import lzma
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from makemore.core.errors import UserError, first_line, shown
from makemore.preparation.formats import (
    PARQUET,
    SAMPLE_BYTES,
    WHOLE_LINE,
    Table,
    compression,
    refuse_other_formats,
    refuse_other_lists,
    table,
    table_of_first_line,
)

BLOCK_BYTES = 2**20
_PARQUET_ROWS = 2**16
_LINE_BREAK = "[\r\n]"


class Columns(NamedTuple):
    """data.column and data.weight: the columns with the names, and with how often each counts."""

    name: str | None = None
    weight: str | None = None


NO_COLUMNS = Columns()


def decoded_blocks(path: Path, file: IO[bytes], columns: Columns) -> Iterator[bytes]:
    """The text of the open `file` at `path`, block by block.

    Raises OSError or UserError if it is no list of names, or has no such columns.
    """
    stream = _decompressed(file)
    start = stream.read(SAMPLE_BYTES)
    is_whole = len(start) < SAMPLE_BYTES
    if start.startswith(PARQUET):
        yield from _lines(path, _parquet(path, file, columns), row=1)
        return
    refuse_other_formats(path, start)
    text = _Continued(start, stream)
    if columns.name not in (None, WHOLE_LINE):
        if start:
            yield from _column(path, text, table(start, is_whole) or table_of_first_line(start), columns)
        return
    if columns.name is None:
        refuse_other_lists(path, start, is_whole)
    while block := text.read(BLOCK_BYTES):
        yield block


def _decompressed(file: IO[bytes]) -> Any:
    """A stream of the content of `file`, whose position shows how much has been read."""
    codec = compression(os.pread(file.fileno(), 8, 0))
    stream: Any = os.fdopen(os.dup(file.fileno()), "rb")  # it shares the position of `file`; pyarrow closes it
    if codec == "xz":
        return lzma.open(stream)
    if codec:
        import pyarrow as pa

        return pa.CompressedInputStream(pa.PythonFile(stream, "r"), codec)
    return stream


class _Continued(io.RawIOBase):
    """A stream whose start has been read already."""

    def __init__(self, start: bytes, rest: Any) -> None:
        self._start, self._rest = start, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        some = self.read(len(buffer))
        buffer[: len(some)] = some
        return len(some)

    def read(self, size: int = -1) -> bytes:
        start, self._start = (self._start, b"") if size < 0 else (self._start[:size], self._start[size:])
        return start or self._rest.read(size)


def _column(path: Path, text: _Continued, found: Table, columns: Columns) -> Iterator[bytes]:
    """The names in a table of text."""
    indices, has_header = [], found.has_header
    for column in filter(None, columns):
        index, by_name = _index(path, found, column)
        indices.append(index)
        has_header = has_header or by_name
    if has_header:
        yield b"\n"
    rows = _counted(text) if found.delimiter == " " else _csv(path, text, found, has_header)
    yield from _lines(path, ([row[index] for index in indices] for row in rows), 1 + has_header)


def _index(path: Path, found: Table, column: str) -> tuple[int, bool]:
    """The index of a column that is called by its name or its number, and whether it was by name."""
    names = [cell.strip() for cell in found.first]
    is_number = column.isdecimal() and 1 <= int(column) <= len(names)
    if is_number and not found.has_header:  # a number in the first row is no name of a column
        return int(column) - 1, False
    for known, wanted in ((names, column), ([name.casefold() for name in names], column.casefold())):
        if wanted in known:
            return known.index(wanted), True
    if is_number:
        return int(column) - 1, False
    listed = f"{', '.join(map(shown, names))}, " if found.has_header else ""
    raise UserError(f"{path}: has no column {shown(column)}, only {listed}1 to {len(names)}; check data.column")


def _csv(path: Path, text: _Continued, found: Table, has_header: bool) -> Iterator[list[Any]]:
    """The columns of a table, some rows at a time: as many string arrays as columns."""
    import pyarrow as pa
    from pyarrow import csv

    names = [str(number) for number in range(len(found.first))]  # those in the file may occur twice
    read = csv.ReadOptions(
        block_size=BLOCK_BYTES, use_threads=False, column_names=names, skip_rows_after_names=int(has_header)
    )
    convert = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    try:
        parse = csv.ParseOptions(delimiter=found.delimiter)
        for batch in csv.open_csv(pa.PythonFile(text, "r"), read, parse, convert):
            yield batch.columns
    except pa.ArrowInvalid as error:
        raise UserError(f"{path}: not a table in every line: {first_line(error)}") from None


def _counted(text: _Continued) -> Iterator[list[Any]]:
    """The lines of `uniq -c` as two columns: the count, and the rest of the line."""
    import pyarrow as pa

    lines = io.BufferedReader(text, BLOCK_BYTES)
    while some := lines.readlines(BLOCK_BYTES):
        pairs = [line.decode().strip().partition(" ")[::2] for line in some]
        yield [pa.array(column) for column in zip(*((count, rest.strip()) for count, rest in pairs), strict=True)]


def _parquet(path: Path, file: IO[bytes], columns: Columns) -> Iterator[list[Any]]:
    """The columns with the names and their weights, some rows at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    os.lseek(file.fileno(), 0, os.SEEK_SET)
    try:
        table = pq.ParquetFile(os.fdopen(os.dup(file.fileno()), "rb"))
        known = table.schema_arrow.names
        wanted = [column for column in columns if column] or known[: len(known) == 1]
        if missing := [column for column in wanted if column not in known] or [""] * (not wanted):
            listed = ", ".join(map(shown, known))
            what = f"has no column {shown(missing[0])}, only {listed}" if missing[0] else f"has the columns {listed}"
            raise UserError(f"{path}: {what}; check data.column")
        for batch in table.iter_batches(_PARQUET_ROWS, columns=wanted, use_threads=False):
            yield [batch.column(name).cast(pa.string()) for name in wanted]
    except pa.ArrowInvalid as error:
        raise UserError(f"{path}: not a Parquet file: {first_line(error)}") from None


def _lines(path: Path, rows: Iterator[list[Any]], row: int) -> Iterator[bytes]:
    """The values of a column, each as a line, and as often as the second column says, if there is one.

    A missing value is a blank line.
    """
    import pyarrow.compute as pc

    for values, *weights in rows:
        broken = pc.match_substring_regex(values, _LINE_BREAK).fill_null(False)
        if pc.any(broken).as_py():
            raise UserError(f"{path}:{row + broken.index(True).as_py()}: a line break inside a name; remove it")
        lines = pc.binary_join_element_wise(values.fill_null(""), "\n", "")
        for some in _repeated(path, lines, weights[0], row) if weights else [lines]:
            yield "".join(some.to_pylist()).encode()
        row += len(values)


def _repeated(path: Path, lines: Any, weights: Any, row: int) -> Iterator[Any]:
    """`lines`, each as often as its weight says, a few of them at a time."""
    import numpy as np

    counts = []
    for number, weight in enumerate(weights.to_pylist()):
        whole = re.fullmatch(r"\s*(\d{1,9})(?:\.0+)?\s*", weight or "0")
        if not whole:
            raise UserError(f"{path}:{row + number}: the weight {shown(weight)} is not a whole number below 10^9")
        counts.append(int(whole[1]))
    ends = np.cumsum(counts)
    for start in range(0, int(ends[-1]) if counts else 0, _PARQUET_ROWS):
        yield lines.take(np.searchsorted(ends, np.arange(start, min(start + _PARQUET_ROWS, ends[-1])), side="right"))
