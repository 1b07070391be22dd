"""The lines of a list of names, for a command that goes on after a bad one; they are read as `prepare` reads them."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from makemore.preparation.decoding import Columns
from makemore.preparation.formats import WHOLE_LINE
from makemore.preparation.source import LONGEST_LINE, Chunk, chunks_of, read_chunks
from makemore.preparation.text import not_utf8, read_lines

_BLOCK_BYTES = 2**20


class Line(NamedTuple):
    """A line that is not blank. number: from 1; problem: why it cannot be read, or ""."""

    number: int
    name: str
    problem: str


def read_list(path: Path | None) -> Iterator[Line]:
    """The lines of the file at `path`, also compressed, or of standard input, in order.

    Raises UserError if the file cannot be read.
    """
    before = 0  # lines in the chunks so far
    stdin = iter(lambda: sys.stdin.buffer.read(_BLOCK_BYTES), b"")
    chunks = read_chunks(path, Columns(WHOLE_LINE)) if path else chunks_of(stdin)
    for chunk in chunks:
        found, total = _lines(chunk)
        yield from (line._replace(number=before + line.number) for line in sorted(found))
        before += total


def _lines(chunk: Chunk) -> tuple[list[Line], int]:
    """The lines of `chunk` that are not blank, and how many it has with those."""
    content, undecodable = not_utf8(chunk.content)
    lines = read_lines(content)
    found = [
        Line(number + 1, name, "")
        for number, name in zip(lines.numbers.tolist(), lines.text().split("\n")[:-1], strict=True)
    ]
    if undecodable:
        raw = chunk.content.splitlines()
        found += [
            Line(number, raw[number - 1].decode(errors="backslashreplace").strip(), problem)
            for number, problem in undecodable
        ]
    if chunk.overlong:
        found.append(Line(lines.total + 1, "", f"a line of more than {LONGEST_LINE:,} bytes"))
    return found, lines.total + chunk.overlong
