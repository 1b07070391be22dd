"""Reads a file of names chunk by chunk: stores each finished chunk, and adds up their counts."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from makemore.core.errors import UserError
from makemore.core.files import files_in, reason
from makemore.core.memory import keep_freed_memory
from makemore.corpus.splits import SPLITS
from makemore.corpus.tally import Merger, Tally
from makemore.preparation.chunk import PreparedChunk, Rules, prepare_chunk
from makemore.preparation.decoding import Columns
from makemore.preparation.distinct import StoredHashes
from makemore.preparation.problems import LISTED, Problems
from makemore.preparation.source import Chunk, read_chunks
from makemore.preparation.storage import ChunkStore, StoredChunk, key_of
from makemore.preparation.workers import map_in_order, workers_share_files

PAIR_BITS = 21  # of a code point


class Collected(NamedTuple):
    """The names of a file.

    characters, lengths: tallies of their code points, and of the characters per name
    pairs: the bigrams of train: code point * 2 ** 21 + next code point, and 0 for the end marker
    skipped: how many lines were left out, because they cannot be names
    names, symbols: for each split, how many names there are, and how many symbols with their end markers
    stored: its chunks in `store`, in order
    hashes: where the hashes of each chunk are
    """

    characters: Tally
    lengths: Tally
    pairs: Tally
    skipped: int
    names: dict[str, int]
    symbols: dict[str, int]
    stored: list[StoredChunk]
    hashes: list[StoredHashes]
    store: ChunkStore

    def chunks(self) -> Iterator[PreparedChunk]:
        """The chunks, in order. Raises UserError if one has been deleted or replaced."""
        return map(self.store.get, self.stored)


class _Task(NamedTuple):
    """A chunk of the file at `path`.

    todo: its text, or the prepared chunk if it is stored already
    store: where the worker puts it; None if workers may have other disks
    """

    path: Path
    number: int
    rules: Rules
    todo: Chunk | StoredChunk
    store: ChunkStore | None


def collect(path: Path, columns: Columns, rules: Rules, store: ChunkStore) -> Collected:
    """The names in the file or folder at `path`, or in a column of it. Finished chunks are put into `store`.

    Raises UserError, with the line numbers, for lines that cannot be names, and for a file that is not readable UTF-8.
    """
    characters, lengths, pairs = Merger(Tally.merged), Merger(Tally.merged), Merger(Tally.merged)
    names, symbols = dict.fromkeys(SPLITS, 0), dict.fromkeys(SPLITS, 0)
    stored: list[StoredChunk] = []
    hashes: list[StoredHashes] = []
    errors, paths, skipped = _Errors(), _files(path), 0
    size = sum(each.stat().st_size for each in paths)
    with tqdm(desc="prepare", total=size, unit="B", unit_scale=True, disable=None, file=sys.stderr) as progress:
        chunks = ((each, chunk) for each in paths for chunk in read_chunks(each, columns, progress.update))
        for task, result in map_in_order(_compute, _tasks(chunks, rules, store)):
            if isinstance(result, Problems):
                errors.add(task.path, result)
                continue
            stored.append(result if isinstance(result, StoredChunk) else store.put(task.number, *result))
            chunk = store.get(stored[-1])
            hashes.append(store.hashes_of(stored[-1], chunk))
            errors.add(task.path, chunk)
            characters.add(chunk.characters)
            lengths.add(chunk.lengths)
            pairs.add(_pairs(chunk))
            skipped += chunk.skipped
            for split, of_split in chunk.splits.items():
                names[split] += len(of_split.lengths)
                symbols[split] += len(of_split.tokens)
    errors.raise_first()
    tallies = (characters.result(), lengths.result(), pairs.result())
    return Collected(*tallies, skipped, names, symbols, stored, hashes, store)


def _tasks(chunks: Iterable[tuple[Path, Chunk]], rules: Rules, store: ChunkStore) -> Iterator[_Task]:
    own = store if workers_share_files() else None
    for number, (path, chunk) in enumerate(chunks):
        yield _Task(path, number, rules, store.find(number, chunk, rules) or chunk, own)


def _compute(task: _Task) -> Problems | StoredChunk | tuple[PreparedChunk, bytes]:
    """What is wrong with the chunk; or the stored chunk; or the prepared one, and the key to store it with."""
    if isinstance(task.todo, StoredChunk):
        return task.todo
    keep_freed_memory()
    chunk = prepare_chunk(task.todo, task.rules)
    if isinstance(chunk, Problems):
        return chunk
    key = key_of(task.todo, task.rules)
    return task.store.put(task.number, chunk, key) if task.store else (chunk, key)


def _pairs(chunk: PreparedChunk) -> Tally:
    """The bigrams of a chunk, as code points."""
    first, second = np.divmod(chunk.bigrams.codes, len(chunk.alphabet))
    return Tally((chunk.alphabet[first] << PAIR_BITS) | chunk.alphabet[second], chunk.bigrams.counts)


def _files(path: Path) -> list[Path]:
    """The file at `path`, or those in the folder."""
    try:
        return files_in(path)
    except IsADirectoryError as error:
        raise UserError(f"{path}: has a folder in it, {Path(error.filename).name}; only files are read") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({reason(error)}); check the path") from None


@dataclass
class _Listed:
    """How many bad lines there are, and the first of them: file, number, problem."""

    count: int = 0
    first: list[tuple[Path, int, str]] = field(default_factory=list)


class _Errors:
    """The problems of all files, with the numbers of their lines."""

    def __init__(self) -> None:
        self._path, self._lines = Path(), 0
        self._found = {True: _Listed(), False: _Listed()}  # by whether they are fatal

    def add(self, path: Path, chunk: PreparedChunk | Problems) -> None:
        """Adds the problems of the next chunk, if it has any."""
        if path != self._path:
            self._path, self._lines = path, 0
        if isinstance(chunk, Problems):
            listed = self._found[chunk.fatal]
            found = [(path, self._lines + line, problem) for line, problem in chunk.first]
            listed.first += found[: LISTED - len(listed.first)]
            listed.count += chunk.found
        self._lines += chunk.lines

    def raise_first(self) -> None:
        """Raises UserError for the first problem. Nothing else matters if the text could not be read."""
        found = self._found[True] if self._found[True].count else self._found[False]
        if found.count:
            (path, number, problem), *others = found.first
            places = [str(line) if other == path else f"{other.name}:{line}" for other, line, _ in others]
            listed = ", ".join([*places, *(["..."] if found.count > LISTED else [])])
            more = f" (and {found.count - 1:,} more: lines {listed})" if others else ""
            raise UserError(f"{path}:{number}: {problem}{more}")
