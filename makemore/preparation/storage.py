"""The pieces that are finished, on disk: preparation that is killed at any moment resumes from them.

A piece is stored under its number. A file starts with a seal: the key, which is the hash of everything that the
piece is computed from (its text, the rules and our code), and the CRC-32 of the content. So it needs no fsync: half a
file is like none. A piece with another seal is computed again and replaced, so there are never more files than pieces.
They are deleted when the corpus is written.

The arrays of a piece follow one after the other, as they are in memory, and are read without copying them. The hashes
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
from makemore.core.files import os_errors, replacing, write_chunks
from makemore.core.layout import PACKAGE
from makemore.corpus.splits import SPLITS
from makemore.corpus.tally import Tally
from makemore.preparation.distinct import StoredHashes
from makemore.preparation.piece import Piece, Rules, SplitPiece
from makemore.preparation.source import Cut

_TALLIES = ("characters", "lengths", "bigrams")
_CHECKSUM = 8  # bytes: with it, the seal is a multiple of ALIGNMENT
_SEAL = hashlib.sha256().digest_size + _CHECKSUM
_ALIGNMENT = 8  # bytes: of the arrays in a file

Array = NDArray[Any]
Buffer = bytes | memoryview


class Stored(NamedTuple):
    """A stored piece that is known to be whole: its number, its seal and the size of its file."""

    number: int
    seal: bytes
    size: int


class Shelf:
    """The stored pieces of one file of names, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, number: int, cut: Cut, rules: Rules) -> Stored | None:
        """The piece with this number, if it is stored, whole, and computed from this."""
        try:
            content = memoryview(self._path(number).read_bytes())
        except OSError:
            return None
        seal = bytes(content[:_SEAL])
        return Stored(number, seal, len(content)) if seal == _seal(key_of(cut, rules), [content[_SEAL:]]) else None

    def get(self, stored: Stored) -> Piece:
        """The piece, which has been found or stored. Raises UserError if it has gone or been replaced since."""
        path = self._path(stored.number)
        try:
            with path.open("rb") as file:
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # missing, or empty
            content = None
        if content is None or (content[:_SEAL], len(content)) != (stored.seal, stored.size):
            raise UserError(f"{path}: deleted or damaged while it was in use; run `dvc repro` again")
        return _decode(content)

    def hashes_of(self, stored: Stored, piece: Piece) -> StoredHashes:
        """Where the hashes of a stored piece are."""
        return StoredHashes(self._path(stored.number), stored.size - piece.hashes.nbytes, len(piece.hashes))

    def store(self, number: int, piece: Piece, key: bytes) -> Stored:
        """Stores a piece under its `key_of`. Raises FileError if the system refuses, for example on a full disk."""
        body = _encode(piece)
        seal = _seal(key, body)
        path = self._path(number)
        with os_errors(path, "written"):
            self._folder.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:  # the one that is there may be mapped into memory
                write_chunks(file, [seal, *body])
                size = file.tell()
        return Stored(number, seal, size)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.piece"


def key_of(cut: Cut, rules: Rules) -> bytes:
    """The hash of everything that a piece is computed from."""
    digest = hashlib.sha256(f"{_code()} {rules!r} {cut.overlong} ".encode())
    digest.update(cut.content)
    return digest.digest()


@cache
def _code() -> str:
    """The hash of the code that pieces are computed with."""
    digest = hashlib.sha256()
    for folder in ("core", "corpus", "preparation"):
        for path in sorted((PACKAGE / folder).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _seal(key: bytes, body: Iterable[Buffer]) -> bytes:
    checksum = 0
    for part in body:
        checksum = zlib.crc32(part, checksum)
    return key + checksum.to_bytes(_CHECKSUM, "little")


def _encode(piece: Piece) -> list[Buffer]:
    """The header, which says what the arrays are, and the arrays, which are padded to ALIGNMENT."""
    arrays: dict[str, Array] = {"lines": np.array([piece.lines]), "alphabet": piece.alphabet}
    for name in _TALLIES:
        tally: Tally = getattr(piece, name)
        arrays |= {f"{name}.codes": tally.codes, f"{name}.counts": tally.counts}
    for split, names in piece.splits.items():
        arrays |= {f"{split}.{name}": array for name, array in names._asdict().items()}
    arrays["hashes"] = piece.hashes
    described = [(name, array.dtype.str, len(array)) for name, array in arrays.items()]
    header = json.dumps(described).encode()
    body: list[Buffer] = [len(header).to_bytes(_ALIGNMENT, "little"), header, _padding(len(header))]
    for array in arrays.values():
        body += [array.data, _padding(array.nbytes)]
    return body


def _padding(size: int) -> bytes:
    return bytes(-size % _ALIGNMENT)


def _decode(content: mmap.mmap) -> Piece:
    start = _SEAL + _ALIGNMENT
    end = start + int.from_bytes(content[_SEAL:start], "little")
    arrays: dict[str, Array] = {}
    described = json.loads(content[start:end])
    for name, dtype, length in described:
        start = end + -end % _ALIGNMENT
        arrays[name] = np.frombuffer(content, dtype, length, start)
        end = start + arrays[name].nbytes
    tallies = {name: Tally(arrays[f"{name}.codes"], arrays[f"{name}.counts"]) for name in _TALLIES}
    splits = {split: SplitPiece(*(arrays[f"{split}.{name}"] for name in SplitPiece._fields)) for split in SPLITS}
    return Piece(int(arrays["lines"][0]), arrays["alphabet"], hashes=arrays["hashes"], splits=splits, **tallies)
