"""The file of names as chunks: a few megabytes each, which end where a line ends.

Where a chunk ends depends on the file alone: at the first line end at or after CHUNK_BYTES. The file is read once, from
start to end, so it can be larger than memory; a file that changes meanwhile is refused.
"""

import lzma
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from makemore.core.errors import UserError, first_line
from makemore.core.files import open_regular, reason
from makemore.preparation.decoding import NO_COLUMNS, Columns, decoded_blocks
from makemore.preparation.formats import BYTE_ORDER_MARK

CHUNK_BYTES = 2**21  # large enough to be quick, small enough for the caches of a processor
LONGEST_LINE = 2**20  # bytes: no name has as many, data.max_length is at most 10,000 characters
_LINE_END = re.compile(rb"[\r\n]")


class Chunk(NamedTuple):
    """Whole lines of a file. overlong: whether they are followed by a line that is longer than LONGEST_LINE."""

    content: bytes
    overlong: bool


def read_chunks(
    path: Path, columns: Columns = NO_COLUMNS, on_bytes: Callable[[int], object] = lambda _: None
) -> Iterator[Chunk]:
    """The chunks of the file at `path`, decoded as decoding.py says.

    `on_bytes` is called with the number of bytes read since its last call.

    Raises UserError if the file cannot be read, or changes while it is read.
    """
    try:
        with open_regular(path) as file:
            before, done = _version(file), 0
            blocks = decoded_blocks(path, file, columns)
            for chunk in chunks_of(blocks):
                on_bytes(file.tell() - done)
                done = file.tell()
                yield chunk
            if _version(file) != before:
                raise UserError(f"{path}: changed while it was read; run `dvc repro` again when it is complete")
    except (EOFError, lzma.LZMAError) as error:
        raise UserError(f"{path}: cannot be read ({first_line(error)}); the file is damaged") from None
    except OSError as error:
        remedy = "check the path" if error.errno else "the file is damaged"  # an error of the system, or of a decoder
        raise UserError(f"{path}: cannot be read ({reason(error)}); {remedy}") from None


def chunks_of(blocks: Iterable[bytes]) -> Iterator[Chunk]:
    """The text in `blocks`, without its byte order mark, as chunks. They do not depend on the size of the blocks."""
    chunks = _chunks(blocks)
    for first in chunks:
        yield first._replace(content=first.content.removeprefix(BYTE_ORDER_MARK))
        yield from chunks


def _chunks(blocks: Iterable[bytes]) -> Iterator[Chunk]:
    waiting, skipping = bytearray(), False  # skipping: the rest of an overlong line
    for block in blocks:
        waiting += block
        while True:
            if skipping:
                end = _line_end(waiting, 0, len(waiting))
                del waiting[: end or -1]
                skipping = not end
            chunk = None if skipping else _first_chunk(waiting)
            if chunk is None:
                break
            yield chunk
            skipping = chunk.overlong
            del waiting[: CHUNK_BYTES + LONGEST_LINE if skipping else len(chunk.content)]
    if waiting and not skipping:
        yield Chunk(bytes(waiting), overlong=False)


def _first_chunk(waiting: bytearray) -> Chunk | None:
    """The chunk at the start of `waiting`; None if its end has not been read yet."""
    limit = CHUNK_BYTES + LONGEST_LINE
    end = _line_end(waiting, CHUNK_BYTES - 1, limit)
    if end:
        return Chunk(bytes(waiting[:end]), overlong=False)
    if len(waiting) <= limit:
        return None
    start = 1 + max(waiting.rfind(b"\n", 0, CHUNK_BYTES), waiting.rfind(b"\r", 0, CHUNK_BYTES))
    return Chunk(bytes(waiting[:start]), overlong=True)


def _line_end(text: bytearray, start: int, stop: int) -> int:
    """Where the first line that ends in `text[start:stop]` ends; 0 if none does.

    The last byte is left out: if it is a carriage return, a newline that belongs to it may follow.
    """
    found = _LINE_END.search(text, start, min(stop, len(text) - 1))
    if not found:
        return 0
    return found.end() + (text[found.start() : found.start() + 2] == b"\r\n")


def _version(file: IO[bytes]) -> tuple[int, int, int]:
    """What changes when somebody writes to the file: its size, and the times of its last changes."""
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns
