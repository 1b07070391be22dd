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
    BYTE_ORDER_MARK,
    PARQUET,
    SAMPLE_BYTES,
    WHOLE_LINE,
    compression,
    refuse_other_formats,
    refuse_other_lists,
    text_of,
)
from makemore.preparation.tables import Table, find_table, table_of_first_line

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
    with os.fdopen(os.dup(file.fileno()), "rb") as raw:  # pyarrow closes what it reads; both have one position
        stream = _decompressed(raw)
        read = stream.read(SAMPLE_BYTES)
        start, is_whole = read.removeprefix(BYTE_ORDER_MARK), len(read) < SAMPLE_BYTES
        text = _Continued(start, stream)
        if start.startswith(PARQUET):
            yield from _lines(path, _parquet(path, file, columns), row=1)
        elif columns.name in (None, WHOLE_LINE):
            if columns.name is None:
                refuse_other_formats(path, start)
                refuse_other_lists(path, text_of(start, is_whole))
            yield from iter(lambda: text.read(BLOCK_BYTES), b"")
        elif start:
            refuse_other_formats(path, start)
            lines = text_of(start, is_whole)
            yield from _column(path, text, find_table(lines) or table_of_first_line(lines), columns)


def _decompressed(raw: IO[bytes]) -> Any:
    """A stream of the content of `raw`."""
    codec = compression(os.pread(raw.fileno(), 16, 0))
    if codec == "xz":
        return lzma.open(raw)
    if codec:
        import pyarrow as pa

        return pa.CompressedInputStream(pa.PythonFile(raw, "r"), codec)
    return raw


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
    names = [cell.strip() for cell in found.first]
    indices = [_index(path, names, column, found.has_header) for column in columns if column]
    by_name = any(column in names and not _is_number(column, names) for column in columns if column)
    has_header = found.has_header or by_name
    if has_header:
        yield b"\n"
    rows = _counted(text) if found.delimiter == " " else _csv(path, text, found, has_header)
    yield from _lines(path, ([row[index] for index in indices] for row in rows), 1 + has_header)


def _index(path: Path, names: list[str], column: str, has_header: bool) -> int:
    """The index of a column that is called by its name or its number.

    names: the cells of the first row; has_header: whether they are known to be names, in capitals or not
    """
    is_number = _is_number(column, names)
    if column in names and (has_header or not is_number):  # a number in a row of values is no name of a column
        return names.index(column)
    folded = [name.casefold() for name in names]
    if has_header and column.casefold() in folded:
        return folded.index(column.casefold())
    if is_number:
        return int(column) - 1
    listed = f"{', '.join(map(shown, names))}, " if has_header else ""
    raise UserError(f"{path}: has no column {shown(column)}, only {listed}1 to {len(names)}; check data.column")


def _is_number(column: str, names: list[str]) -> bool:
    return column.isdecimal() and 1 <= int(column) <= len(names)


def _csv(path: Path, text: _Continued, found: Table, has_header: bool) -> Iterator[list[Any]]:
    """The columns of a table, some rows at a time: as many binary arrays as columns."""
    import pyarrow as pa
    from pyarrow import csv

    names = [str(number) for number in range(len(found.first))]  # those in the file may occur twice
    read = csv.ReadOptions(
        block_size=BLOCK_BYTES, use_threads=False, column_names=names, skip_rows_after_names=int(has_header)
    )
    # As bytes: what is not UTF-8 is reported with its line, or left out, as in a list.
    convert = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.binary()))
    parse = csv.ParseOptions(delimiter=found.delimiter, quote_char='"' if found.quoted else False)
    try:
        for batch in csv.open_csv(pa.PythonFile(text, "r"), read, parse, convert):
            yield batch.columns
    except pa.ArrowInvalid as error:
        raise UserError(f"{path}: not a table in every line: {first_line(error)}") from None


def _counted(text: _Continued) -> Iterator[list[Any]]:
    """The lines of `uniq -c` as two columns: the count, and the rest of the line."""
    import pyarrow as pa

    lines = io.BufferedReader(text, BLOCK_BYTES)
    while some := lines.readlines(BLOCK_BYTES):
        pairs = [line.strip().partition(b" ")[::2] for line in some]
        yield [pa.array(column, pa.binary()) for column in zip(*pairs, strict=True)]


def _parquet(path: Path, file: IO[bytes], columns: Columns) -> Iterator[list[Any]]:
    """The columns with the names and their weights, some rows at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    os.lseek(file.fileno(), 0, os.SEEK_SET)
    try:
        table = pq.ParquetFile(os.fdopen(os.dup(file.fileno()), "rb"))
        known = table.schema_arrow.names
        name = None if columns.name == WHOLE_LINE else columns.name
        if name is None and len(known) != 1:
            raise UserError(f"{path}: has the columns {', '.join(map(shown, known))}; check data.column")
        asked = [name or "1", *filter(None, [columns.weight])]
        wanted = [known[_index(path, known, column, has_header=True)] for column in asked]
        for batch in table.iter_batches(_PARQUET_ROWS, columns=wanted, use_threads=False):
            yield [_as_bytes(batch.column(name)) for name in wanted]
    except (pa.ArrowException, KeyError) as error:
        raise UserError(f"{path}: cannot be read as Parquet: {first_line(error)}") from None


def _as_bytes(values: Any) -> Any:
    """A column of text, numbers or bytes as a binary array."""
    import pyarrow as pa

    return values if pa.types.is_binary(values.type) else values.cast(pa.string()).cast(pa.binary())


def _lines(path: Path, rows: Iterator[list[Any]], row: int) -> Iterator[bytes]:
    """The values of a column, each as a line, and as often as the second column says, if there is one.

    A missing value is a blank line.
    """
    import pyarrow.compute as pc

    for values, *weights in rows:
        broken = pc.match_substring_regex(values, _LINE_BREAK).fill_null(False)
        if pc.any(broken).as_py():
            raise UserError(f"{path}:{row + broken.index(True).as_py()}: a line break inside a name; remove it")
        lines = pc.binary_join_element_wise(values.fill_null(b""), b"\n", b"")
        for some in _repeated(path, lines, weights[0], row) if weights else [lines]:
            yield b"".join(some.to_pylist())
        row += len(values)


def _repeated(path: Path, lines: Any, weights: Any, row: int) -> Iterator[Any]:
    """`lines`, each as often as its weight says, a few of them at a time."""
    import numpy as np

    counts = []
    for number, value in enumerate(weights.to_pylist()):
        weight = (value or b"0").decode(errors="replace").strip()
        whole = re.fullmatch(r"(\d{1,9})(\.0)?", weight)  # 18.000 may be a thousand times 18
        if not whole:
            raise UserError(f"{path}:{row + number}: the weight {shown(weight)} is not a whole number below 10^9")
        counts.append(int(whole[1]))
    ends = np.cumsum(counts)
    for start in range(0, int(ends[-1]) if counts else 0, _PARQUET_ROWS):
        yield lines.take(np.searchsorted(ends, np.arange(start, min(start + _PARQUET_ROWS, ends[-1])), side="right"))
