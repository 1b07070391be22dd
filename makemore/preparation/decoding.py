"""The text of a file of names as blocks of bytes: plain, compressed, or a column of a table.

    names.txt                        the text itself; any suffix but the following will do
    names.txt.gz, names.txt.zst      compressed with gzip or Zstandard
    names.csv                        with data.column: that column of a CSV file with a header; also .csv.gz, .csv.zst
    names.parquet                    with data.column: that column of a Parquet file

Only a few blocks are in memory at a time. The values of a column become lines, and the header of a CSV file a blank
line, so the line numbers in messages are those of the rows, as long as no value spans several lines. pyarrow, which
reads all of these, is imported only if it is needed.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from makemore.core.errors import UserError, first_line, shown

BLOCK_BYTES = 2**20
_COMPRESSED = {".gz": "gzip", ".zst": "zstd"}
_PARQUET_ROWS = 2**16
_LINE_BREAK = "[\r\n]"


def decoded_blocks(path: Path, file: IO[bytes], column: str | None) -> Iterator[bytes]:
    """The text of the open `file` at `path`, block by block.

    Raises OSError or UserError if it is not what its name says, or has no such column.
    """
    stream: Any = os.fdopen(os.dup(file.fileno()), "rb")  # it shares the position of `file`; pyarrow closes it
    if path.suffix in _COMPRESSED:
        import pyarrow as pa

        stream = pa.CompressedInputStream(pa.PythonFile(stream, "r"), _COMPRESSED[path.suffix])
    with stream:
        if column is not None:
            yield from _column(path, stream, column)
            return
        while block := stream.read(BLOCK_BYTES):
            yield block


def _column(path: Path, stream: Any, column: str) -> Iterator[bytes]:
    """The values of a column, each as a line."""
    import pyarrow as pa

    is_parquet = ".parquet" in path.suffixes
    if not is_parquet:
        yield b"\n"  # in place of the header
    row = 1 if is_parquet else 2
    try:
        for values in (_parquet if is_parquet else _csv)(path, stream, column):
            yield _lines(path, values, row)
            row += len(values)
    except pa.ArrowInvalid as error:
        raise UserError(f"{path}: not a {'Parquet' if is_parquet else 'CSV'} file: {first_line(error)}") from None


def _csv(path: Path, stream: Any, column: str) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import csv

    convert = csv.ConvertOptions(include_columns=[column], column_types={column: pa.string()})
    try:
        reader = csv.open_csv(stream, csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False), None, convert)
    except KeyError as error:
        raise UserError(f"{path}: {first_line(error)}; check data.column") from None
    for batch in reader:
        yield batch.column(0)


def _parquet(path: Path, stream: Any, column: str) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(stream)
    if column not in file.schema_arrow.names:
        known = ", ".join(map(shown, file.schema_arrow.names))
        raise UserError(f"{path}: has no column {shown(column)}, only {known}; check data.column")
    for batch in file.iter_batches(_PARQUET_ROWS, columns=[column], use_threads=False):
        yield batch.column(0).cast(pa.string())


def _lines(path: Path, values: Any, row: int) -> bytes:
    """`values` as lines. A missing value is a blank line."""
    import pyarrow.compute as pc

    broken = pc.match_substring_regex(values, _LINE_BREAK).fill_null(False)
    if pc.any(broken).as_py():
        raise UserError(f"{path}:{row + broken.index(True).as_py()}: a line break inside a name; remove it")
    ended = pc.binary_join_element_wise(values.fill_null(""), "\n", "")
    return "".join(ended.to_pylist()).encode()
