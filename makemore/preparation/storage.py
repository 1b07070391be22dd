"""The pieces that are finished, on disk: preparation that is killed at any moment resumes from them.

A piece is stored under its number, with a key: the hash of everything that it is computed from, which is its text, the
rules and our code. A stored piece with another key is computed again and overwritten, so there are never more files
than pieces. They are deleted when the corpus is written.

A file starts with a seal, the hash of its key and content. So it needs no care when it is written: half a file is like
none.
"""

import hashlib
from functools import cache
from pathlib import Path

import numpy as np
import safetensors.numpy

import makemore
from makemore.core.errors import UserError
from makemore.core.files import os_errors
from makemore.core.splits import SPLITS
from makemore.core.tally import Tally
from makemore.preparation.piece import Piece, Rules, SplitPiece
from makemore.preparation.source import Cut

_TALLIES = ("characters", "lengths", "bigrams")
_SEAL = hashlib.sha256().digest_size


class Shelf:
    """The stored pieces of one file of names, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, number: int, key: str) -> bool:
        """Whether the piece with this number is stored under this key."""
        return self._read(number, key) is not None

    def get(self, number: int, key: str) -> Piece:
        """The piece that was stored with this number and key. Raises UserError if it is gone."""
        body = self._read(number, key)
        if body is None:
            raise UserError(f"{self._path(number)}: deleted or damaged while it was in use; run `dvc repro` again")
        return _decode(bytes(body))

    def store(self, number: int, key: str, piece: Piece) -> None:
        """Stores a piece. Raises FileError if the system refuses, for example because the disk is full."""
        body = _encode(piece)
        with os_errors(self._path(number), "written"):
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._path(number).open("wb") as file:
                file.write(_seal(key, body))
                file.write(body)

    def _read(self, number: int, key: str) -> memoryview | None:
        """The content of a stored piece; None if it is not there, not whole, or stored under another key."""
        try:
            content = self._path(number).read_bytes()
        except OSError:
            return None
        body = memoryview(content)[_SEAL:]
        return body if content[:_SEAL] == _seal(key, body) else None

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.piece"


def key_of(cut: Cut, rules: Rules) -> str:
    """The hash of everything that a piece is computed from."""
    return hashlib.sha256(f"{_code()} {rules!r} {cut.overlong} ".encode() + cut.content).hexdigest()


@cache
def _code() -> str:
    """The hash of the code that pieces are computed with."""
    root = Path(makemore.__file__).parent
    digest = hashlib.sha256()
    for folder in ("core", "preparation"):
        for path in sorted((root / folder).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _seal(key: str, body: bytes | memoryview) -> bytes:
    digest = hashlib.sha256(key.encode())
    digest.update(body)
    return digest.digest()


def _encode(piece: Piece) -> bytes:
    arrays = {"lines": np.array([piece.lines]), "hashes": piece.hashes}
    for name in _TALLIES:
        tally: Tally = getattr(piece, name)
        arrays |= {f"{name}.codes": tally.codes, f"{name}.counts": tally.counts}
    for split, names in piece.splits.items():
        arrays |= {f"{split}.{name}": array for name, array in names._asdict().items()}
    return safetensors.numpy.save(arrays)


def _decode(body: bytes) -> Piece:
    arrays = safetensors.numpy.load(body)
    tallies = {name: Tally(arrays[f"{name}.codes"], arrays[f"{name}.counts"]) for name in _TALLIES}
    splits = {split: SplitPiece(*(arrays[f"{split}.{name}"] for name in SplitPiece._fields)) for split in SPLITS}
    return Piece(int(arrays["lines"][0]), hashes=arrays["hashes"], splits=splits, **tallies)
