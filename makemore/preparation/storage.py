"""The chunks that are finished, on disk: preparation that is killed at any moment resumes from them.

A chunk is stored under its number. Its file starts with the key, which is the hash of everything that the chunk is
computed from (its text, the rules and our code), and the CRC-32 of the rest. So it needs no fsync: half a file is like
none. A file with another key or checksum is computed again and replaced, so there are never more files than chunks.
They are deleted when the corpus is written.

The arrays of a chunk follow one after the other, as they are in memory, and are read without copying them. The hashes
of its names come last, where distinct.py reads some of them at a time.
"""

import hashlib
import json
import mmap
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from makemore.core.errors import UserError
from makemore.core.files import os_errors, replace_file
from makemore.core.layout import PACKAGE
from makemore.corpus.splits import SPLITS
from makemore.corpus.tally import Tally
from makemore.preparation.chunk import PreparedChunk, Rules, SplitTokens
from makemore.preparation.distinct import StoredHashes
from makemore.preparation.source import Chunk

_TALLIES = ("characters", "lengths", "bigrams")
_CHECKSUM = 8  # bytes: with it, what follows starts at a multiple of ALIGNMENT
_START = hashlib.sha256().digest_size + _CHECKSUM  # of what is stored, after the key and the checksum
_ALIGNMENT = 8  # bytes: of the arrays in a file

Array = NDArray[Any]
Buffer = bytes | memoryview


class StoredChunk(NamedTuple):
    """A stored chunk that is known to be whole. size: the bytes of its file."""

    number: int
    key_and_checksum: bytes
    size: int


class ChunkStore:
    """The stored chunks of one file of names, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, number: int, chunk: Chunk, rules: Rules) -> StoredChunk | None:
        """The chunk with this number, if it is stored, whole, and computed from this."""
        try:
            content = memoryview(self._path(number).read_bytes())
        except OSError:
            return None
        expected = key_of(chunk, rules) + _checksum([content[_START:]])
        return StoredChunk(number, expected, len(content)) if content[:_START] == expected else None

    def get(self, stored: StoredChunk) -> PreparedChunk:
        """The chunk, which has been found or put. Raises UserError if it has gone or been replaced since."""
        path = self._path(stored.number)
        try:
            with path.open("rb") as file:
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # missing, or empty
            content = None
        if content is None or (content[:_START], len(content)) != (stored.key_and_checksum, stored.size):
            raise UserError(f"{path}: deleted or damaged while it was in use; run `dvc repro` again")
        return _decode(content)

    def hashes_of(self, stored: StoredChunk, chunk: PreparedChunk) -> StoredHashes:
        """Where the hashes of a stored chunk are."""
        return StoredHashes(self._path(stored.number), stored.size - chunk.hashes.nbytes, len(chunk.hashes))

    def put(self, number: int, chunk: PreparedChunk, key: bytes) -> StoredChunk:
        """Stores a chunk under its `key_of`. Raises FileError if the system refuses, for example on a full disk."""
        body = _encode(chunk)
        key_and_checksum = key + _checksum(body)
        path = self._path(number)
        with os_errors(path, "written"):
            self._folder.mkdir(parents=True, exist_ok=True)
            # An existing file may be mapped into memory, so it is replaced and not changed.
            replace_file(path, [key_and_checksum, *body], sync=False)
            return StoredChunk(number, key_and_checksum, path.stat().st_size)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.chunk"


def key_of(chunk: Chunk, rules: Rules) -> bytes:
    """The hash of everything that the prepared chunk is computed from."""
    digest = hashlib.sha256(f"{_code()} {rules!r} {chunk.overlong} ".encode())
    digest.update(chunk.content)
    return digest.digest()


@cache
def _code() -> str:
    """The hash of the code that chunks are computed with."""
    digest = hashlib.sha256()
    for folder in ("core", "corpus", "preparation"):
        for path in sorted((PACKAGE / folder).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _checksum(body: Iterable[Buffer]) -> bytes:
    checksum = 0
    for buffer in body:
        checksum = zlib.crc32(buffer, checksum)
    return checksum.to_bytes(_CHECKSUM, "little")


def _encode(chunk: PreparedChunk) -> list[Buffer]:
    """The size of the header, the header, which says what the arrays are, and the arrays; each padded to ALIGNMENT."""
    # Every array gets a name, such as bigrams.codes or train.tokens; the hashes come last.
    arrays: dict[str, Array] = {"lines": np.array([chunk.lines, chunk.skipped]), "alphabet": chunk.alphabet}
    for name in _TALLIES:
        arrays |= {f"{name}.{field}": array for field, array in getattr(chunk, name)._asdict().items()}
    for split, names in chunk.splits.items():
        arrays |= {f"{split}.{field}": array for field, array in names._asdict().items()}
    arrays["hashes"] = chunk.hashes
    # The header has what the bytes do not say: names, types and lengths. Places follow from these.
    header = json.dumps([(name, array.dtype.str, len(array)) for name, array in arrays.items()]).encode()
    body: list[Buffer] = [len(header).to_bytes(_ALIGNMENT, "little"), header, _padding(len(header))]
    for array in arrays.values():
        body += [array.data, _padding(array.nbytes)]
    return body


def _padding(size: int) -> bytes:
    return bytes(-size % _ALIGNMENT)


def _decode(content: mmap.mmap) -> PreparedChunk:
    """The inverse of `_encode`; the arrays are views of `content`, which stays mapped as long as they live."""
    start = _START + _ALIGNMENT
    end = start + int.from_bytes(content[_START:start], "little")
    # The arrays follow the header, each at the next multiple of ALIGNMENT after the end of the one before.
    arrays: dict[str, Array] = {}
    for name, dtype, length in json.loads(content[start:end]):
        start = end + -end % _ALIGNMENT
        arrays[name] = np.frombuffer(content, dtype, length, start)
        end = start + arrays[name].nbytes
    # They are put together again by their names.
    tallies = {name: Tally(*(arrays[f"{name}.{field}"] for field in Tally._fields)) for name in _TALLIES}
    splits = {split: SplitTokens(*(arrays[f"{split}.{field}"] for field in SplitTokens._fields)) for split in SPLITS}
    lines, skipped = arrays["lines"].tolist()
    return PreparedChunk(lines, skipped, arrays["alphabet"], hashes=arrays["hashes"], splits=splits, **tallies)
