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
from makemore.core.splits import SPLITS
from makemore.core.tally import Merger, Tally
from makemore.preparation.piece import Piece, Rules, read_piece
from makemore.preparation.problems import LISTED, Problems
from makemore.preparation.source import Cut, read_pieces
from makemore.preparation.storage import Shelf, seal_of
from makemore.preparation.workers import map_in_order

PAIR_BITS = 21  # of a code point


class Collected(NamedTuple):
    """The names of a file.

    characters, lengths: tallies of their code points, and of the characters per name
    pairs: the bigrams of train: code point * 2 ** 21 + next code point, and 0 for the end marker
    names, symbols: for each split, how many names there are, and how many symbols with their end markers
    stored: how many pieces there are on the shelf
    """

    characters: Tally
    lengths: Tally
    pairs: Tally
    names: dict[str, int]
    symbols: dict[str, int]
    stored: int
    shelf: Shelf

    def pieces(self) -> Iterator[Piece]:
        """The pieces, in order. Raises UserError if one has been deleted or damaged."""
        return map(self.shelf.get, range(self.stored))


class _Task(NamedTuple):
    """A piece of the file at `path` to compute; `cut` is None if it is stored already."""

    path: Path
    number: int
    cut: Cut | None
    rules: Rules


def collect(path: Path, column: str | None, rules: Rules, shelf: Shelf) -> Collected:
    """The names in the file or folder at `path`, or in a column of it. Finished pieces are stored on `shelf`.

    Raises UserError, with the line numbers, for lines that cannot be names, and for a file that is not readable UTF-8.
    """
    characters, lengths, pairs = Merger(Tally.merged), Merger(Tally.merged), Merger(Tally.merged)
    names, symbols = dict.fromkeys(SPLITS, 0), dict.fromkeys(SPLITS, 0)
    stored, errors, paths = 0, _Errors(), _files(path)
    size = sum(each.stat().st_size for each in paths)
    with tqdm(desc="prepare", total=size, unit="B", unit_scale=True, disable=None, file=sys.stderr) as progress:
        cuts = ((each, cut) for each in paths for cut in read_pieces(each, column, progress.update))
        for task, result in map_in_order(_compute, _tasks(cuts, rules, shelf)):
            piece, seal = (shelf.get(task.number), None) if result is None else result
            errors.add(task.path, piece)
            if isinstance(piece, Problems):
                continue
            if seal is not None:
                shelf.store(task.number, piece, seal)
            stored += 1
            characters.add(piece.characters)
            lengths.add(piece.lengths)
            pairs.add(_pairs(piece))
            for split, of_split in piece.splits.items():
                names[split] += len(of_split.lengths)
                symbols[split] += len(of_split.tokens)
    errors.raise_first()
    return Collected(characters.result(), lengths.result(), pairs.result(), names, symbols, stored, shelf)


def _tasks(cuts: Iterable[tuple[Path, Cut]], rules: Rules, shelf: Shelf) -> Iterator[_Task]:
    for number, (path, cut) in enumerate(cuts):
        yield _Task(path, number, None if shelf.has(number, cut, rules) else cut, rules)


def _compute(task: _Task) -> tuple[Piece | Problems, bytes] | None:
    """The piece, or its problems, and the seal to store it with; None if it is stored already."""
    if task.cut is None:
        return None
    keep_freed_memory()
    piece = read_piece(task.cut, task.rules)
    return piece, b"" if isinstance(piece, Problems) else seal_of(piece, task.cut, task.rules)


def _pairs(piece: Piece) -> Tally:
    """The bigrams of a piece, as code points."""
    first, second = np.divmod(piece.bigrams.codes, len(piece.alphabet))
    return Tally((piece.alphabet[first] << PAIR_BITS) | piece.alphabet[second], piece.bigrams.counts)


def _files(path: Path) -> list[Path]:
    """The file at `path`, or those in the folder."""
    try:
        return files_in(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({reason(error)}); check data.path and data.dev_path") from None


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
