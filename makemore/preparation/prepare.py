"""The file of names, and perhaps one of dev names -> the corpus."""

import shutil
from pathlib import Path

from filelock import FileLock

from makemore.core.errors import UserError
from makemore.core.files import os_errors
from makemore.core.layout import CHUNKS, CORPUS
from makemore.core.params import DataParams
from makemore.corpus.splits import split_bounds
from makemore.corpus.vocabulary import Vocabulary
from makemore.preparation.chunk import Rules
from makemore.preparation.collect import Collected, collect
from makemore.preparation.decoding import NO_COLUMNS, Columns
from makemore.preparation.distinct import count_by_split
from makemore.preparation.formats import WHOLE_LINE
from makemore.preparation.merge import write_corpus
from makemore.preparation.storage import ChunkStore


class EmptySplit(UserError):
    """No name is in train, or none in dev. distinct: how many names there are."""

    def __init__(self, message: str, distinct: int) -> None:
        super().__init__(message)
        self.distinct = distinct


def prepare(data: DataParams, prefix: str, folder: Path = CORPUS, scratch: Path = CHUNKS) -> int:
    """Writes the corpus of the files that `data` names to `folder`. Returns how many lines were left out (skip_bad).

    prefix: the prefix of sampled names, whose characters must be in the corpus
    scratch: a folder for finished chunks, from which an interrupted preparation resumes; deleted at the end

    Raises UserError for files or lines that cannot be names, and if train or dev would be empty.
    """
    with os_errors(scratch, "written"):
        scratch.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(scratch.with_suffix(".lock"))  # a killed `dvc repro` leaves its stages running for a moment
    with lock:
        for leftover in scratch.glob("*/.*.tmp"):  # of a process that was killed while it stored a chunk
            leftover.unlink(missing_ok=True)
        whole = Columns(WHOLE_LINE) if data.column == WHOLE_LINE else NO_COLUMNS
        dev = collect(Path(data.dev_path), whole, Rules.of(data, only="dev"), ChunkStore(scratch / "dev"))
        if dev.names["dev"]:
            data = data.model_copy(update={"dev_share": 0.0})
        names = collect(
            Path(data.path), Columns(data.column, data.weight), Rules.of(data), ChunkStore(scratch / "names")
        )
        if not names.lengths.total:
            but = " with a weight above 0" if data.weight else ""
            but += f" but {names.skipped:,} bad lines" if names.skipped else ""
            raise UserError(f"{data.path}: contains no names{but}; put one name on each line")
        vocabulary = _vocabulary(names, dev, data.end_marker)
        for split in ("train", "dev"):
            if not names.names[split] + dev.names[split]:
                distinct = count_by_split(names.hashes, [], split_bounds(data.dev_share, data.test_share))
                raise EmptySplit(
                    f"{data.path}: the {split} split of its {distinct.total} distinct names is empty; "
                    "add names, or change data.dev_share, data.test_share or data.seed",
                    distinct.total,
                )
        try:
            vocabulary.encode(prefix)  # an unknown character fails now, not after the training
        except UserError as error:
            raise UserError(f"params.yaml: sample.prefix: {error}") from None
        write_corpus(names, dev, vocabulary, data, folder)
        shutil.rmtree(scratch, ignore_errors=True)
        return names.skipped + dev.skipped


def _vocabulary(names: Collected, dev: Collected, end_marker: str) -> Vocabulary:
    """The end marker, then every character of both files, sorted by code point."""
    codes = {*names.characters.codes.tolist(), *dev.characters.codes.tolist()}
    return Vocabulary((end_marker, *map(chr, sorted(codes))))
