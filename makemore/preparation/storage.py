"""The pieces that are finished, on disk: preparation that is killed at any moment resumes from them.

A piece is stored under its number. A file starts with a seal: the hash of its content and of everything that it is
computed from, which is its text, the rules and our code. So it needs no care when it is written: half a file is like
none. A piece with another seal is computed again and overwritten, so there are never more files than pieces. They are
deleted when the corpus is written.

 The arrays of a piece follow one after the other, as they are in memory, and are read without copying them.
"""

import hashlib
import json
import mmap
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import makemore
from makemore.core.errors import UserError
from makemore.core.files import os_errors
from makemore.core.splits import SPLITS
from makemore.core.tally import Tally
from makemore.preparation.piece import Piece, Rules, SplitPiece
from makemore.preparation.source import Cut

_TALLIES = ("characters", "lengths", "bigrams")
_SEAL = hashlib.sha256().digest_size
_ALIGNMENT = 8  # bytes: of the arrays in a file

Array = NDArray[Any]
Buffer = bytes | memoryview


class Shelf:
    """The stored pieces of one file of names, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sizes: dict[int, tuple[bytes, int]] = {}  # the seal and the size of each piece that is known to be whole

    def has(self, number: int, cut: Cut, rules: Rules) -> bool:
        """Whether the piece with this number is stored, whole, and computed from this."""
        try:
            content = memoryview(self._path(number).read_bytes())
        except OSError:
            return False
        seal = bytes(content[:_SEAL])
        if seal != _seal(_key(cut, rules), [content[_SEAL:]]):
            return False
        self._sizes[number] = seal, len(content)
        return True

    def get(self, number: int) -> Piece:
        """The piece with this number, which has been found or stored. Raises UserError if it has gone since."""
        path = self._path(number)
        try:
            with path.open("rb") as file:
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # missing, or empty
            content = None
        if content is None or (content[:_SEAL], len(content)) != self._sizes[number]:
            raise UserError(f"{path}: deleted or damaged while it was in use; run `dvc repro` again")
        return _decode(content)

    def store(self, number: int, piece: Piece, seal: bytes) -> None:
        """Stores a piece. Raises FileError if the system refuses, for example because the disk is full."""
        with os_errors(self._path(number), "written"):
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._path(number).open("wb") as file:
                file.writelines([seal, *_encode(piece)])
                self._sizes[number] = seal, file.tell()

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.piece"


def seal_of(piece: Piece, cut: Cut, rules: Rules) -> bytes:
    """The seal of a piece that is computed from this. Workers compute it, because it takes a while."""
    return _seal(_key(cut, rules), _encode(piece))


def _key(cut: Cut, rules: Rules) -> bytes:
    digest = hashlib.sha256(f"{_code()} {rules!r} {cut.overlong} ".encode())
    digest.update(cut.content)
    return digest.digest()


@cache
def _code() -> str:
    """The hash of the code that pieces are computed with."""
    root = Path(makemore.__file__).parent
    digest = hashlib.sha256()
    for folder in ("core", "preparation"):
        for path in sorted((root / folder).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _seal(key: bytes, body: Iterable[Buffer]) -> bytes:
    digest = hashlib.sha256(key)
    for part in body:
        digest.update(part)
    return digest.digest()


def _encode(piece: Piece) -> list[Buffer]:
    """The header, which says what the arrays are, and the arrays, which are padded to ALIGNMENT."""
    arrays: dict[str, Array] = {"lines": np.array([piece.lines]), "alphabet": piece.alphabet, "hashes": piece.hashes}
    for name in _TALLIES:
        tally: Tally = getattr(piece, name)
        arrays |= {f"{name}.codes": tally.codes, f"{name}.counts": tally.counts}
    for split, names in piece.splits.items():
        arrays |= {f"{split}.{name}": array for name, array in names._asdict().items()}
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
