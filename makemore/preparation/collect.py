"""Reads a file of names piece by piece: finished pieces are stored, and what they have in common is added up."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from makemore.core.errors import UserError
from makemore.core.files import files_in, reason
from makemore.core.memory import keep_freed_memory
from makemore.corpus.splits import SPLITS
from makemore.corpus.tally import Merger, Tally
from makemore.preparation.decoding import Columns
from makemore.preparation.distinct import StoredHashes
from makemore.preparation.piece import Piece, Rules, read_piece
from makemore.preparation.problems import LISTED, Problems
from makemore.preparation.source import Cut, read_pieces
from makemore.preparation.storage import Shelf, Stored, key_of
from makemore.preparation.workers import map_in_order, workers_share_files

PAIR_BITS = 21  # of a code point


class Collected(NamedTuple):
    """The names of a file.

    characters, lengths: tallies of their code points, and of the characters per name
    pairs: the bigrams of train: code point * 2 ** 21 + next code point, and 0 for the end marker
    names, symbols: for each split, how many names there are, and how many symbols with their end markers
    stored: its pieces on the shelf, in order
    hashes: where the hashes of each piece are
    """

    characters: Tally
    lengths: Tally
    pairs: Tally
    names: dict[str, int]
    symbols: dict[str, int]
    stored: list[Stored]
    hashes: list[StoredHashes]
    shelf: Shelf

    def pieces(self) -> Iterator[Piece]:
        """The pieces, in order. Raises UserError if one has been deleted or replaced."""
        return map(self.shelf.get, self.stored)


class _Task(NamedTuple):
    """A piece of the file at `path`.

    todo: what it is computed from, or the piece if it is stored already
    shelf: where the worker stores it; None if workers may have other disks
    """

    path: Path
    number: int
    rules: Rules
    todo: Cut | Stored
    shelf: Shelf | None


def collect(path: Path, columns: Columns, rules: Rules, shelf: Shelf) -> Collected:
    """The names in the file or folder at `path`, or in a column of it. Finished pieces are stored on `shelf`.

    Raises UserError, with the line numbers, for lines that cannot be names, and for a file that is not readable UTF-8.
    """
    characters, lengths, pairs = Merger(Tally.merged), Merger(Tally.merged), Merger(Tally.merged)
    names, symbols = dict.fromkeys(SPLITS, 0), dict.fromkeys(SPLITS, 0)
    stored: list[Stored] = []
    hashes: list[StoredHashes] = []
    errors, paths = _Errors(), _files(path)
    size = sum(each.stat().st_size for each in paths)
    with tqdm(desc="prepare", total=size, unit="B", unit_scale=True, disable=None, file=sys.stderr) as progress:
        cuts = ((each, cut) for each in paths for cut in read_pieces(each, columns, progress.update))
        for task, result in map_in_order(_compute, _tasks(cuts, rules, shelf)):
            if isinstance(result, Problems):
                errors.add(task.path, result)
                continue
            stored.append(result if isinstance(result, Stored) else shelf.store(task.number, *result))
            piece = shelf.get(stored[-1])
            hashes.append(shelf.hashes_of(stored[-1], piece))
            errors.add(task.path, piece)
            characters.add(piece.characters)
            lengths.add(piece.lengths)
            pairs.add(_pairs(piece))
            for split, of_split in piece.splits.items():
                names[split] += len(of_split.lengths)
                symbols[split] += len(of_split.tokens)
    errors.raise_first()
    return Collected(characters.result(), lengths.result(), pairs.result(), names, symbols, stored, hashes, shelf)


def _tasks(cuts: Iterable[tuple[Path, Cut]], rules: Rules, shelf: Shelf) -> Iterator[_Task]:
    own = shelf if workers_share_files() else None
    for number, (path, cut) in enumerate(cuts):
        yield _Task(path, number, rules, shelf.find(number, cut, rules) or cut, own)


def _compute(task: _Task) -> Problems | Stored | tuple[Piece, bytes]:
    """What is wrong with the piece, or the stored piece, or the piece and the key to store it with."""
    if isinstance(task.todo, Stored):
        return task.todo
    keep_freed_memory()
    piece = read_piece(task.todo, task.rules)
    if isinstance(piece, Problems):
        return piece
    key = key_of(task.todo, task.rules)
    return task.shelf.store(task.number, piece, key) if task.shelf else (piece, key)


def _pairs(piece: Piece) -> Tally:
    """The bigrams of a piece, as code points."""
    first, second = np.divmod(piece.bigrams.codes, len(piece.alphabet))
    return Tally((piece.alphabet[first] << PAIR_BITS) | piece.alphabet[second], piece.bigrams.counts)


def _files(path: Path) -> list[Path]:
    """The file at `path`, or those in the folder."""
    try:
        return files_in(path)
    except IsADirectoryError as error:
        raise UserError(f"{path}: has a folder in it, {Path(error.filename).name}; only files are read") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({reason(error)}); check the path") from None


class _Errors:
    """The problems of all files, with the numbers of their lines."""

    def __init__(self) -> None:
        self._path, self._lines, self._found = Path(), 0, 0
        self._first: list[tuple[Path, int, str]] = []
        self._fatal: list[tuple[Path, int, str]] = []

    def add(self, path: Path, piece: Piece | Problems) -> None:
        """Adds the problems of the next piece, if it has any."""
        if path != self._path:
            self._path, self._lines = path, 0
        if isinstance(piece, Problems):
            problems = self._fatal if piece.fatal else self._first
            found = [(path, self._lines + line, problem) for line, problem in piece.first]
            problems += found[: LISTED - len(problems)]
            self._found += piece.found
        self._lines += piece.lines

    def raise_first(self) -> None:
        """Raises UserError for the first problem. Nothing else matters if the text could not be read."""
        if self._fatal:
            path, number, problem = self._fatal[0]
            raise UserError(f"{path}:{number}: {problem}")
        if self._first:
            (path, number, problem), *others = self._first
            places = [str(line) if other == path else f"{other.name}:{line}" for other, line, _ in others]
            listed = ", ".join([*places, *(["..."] if self._found > LISTED else [])])
            more = f" (and {self._found - 1} more: lines {listed})" if others else ""
            raise UserError(f"{path}:{number}: {problem}{more}")
