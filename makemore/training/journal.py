"""The journal of a training run: what MLflow will know about it, appended line by line to a local file.

Training only has to append lines: no network, no queue, no memory. streaming.py starts the process that carries the
journal to MLflow; that process and the track stage read it with `read_journal`. journal_lines.py has the format of the
lines, and says what happens to damaged ones.

A journal is named after its token, the hash of everything that determines the training and of the parameters shown. So
training that resumes after a kill appends to the same journal. The file is locked as long as its training is alive.
Journals are in DVC's folder for temporary files (for queued experiments, in the main repository's); the track stage
deletes a journal once MLflow has all of it. This module must not import mlflow, which would delay every training run.
"""

import errno
import fcntl
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from makemore.core.curve import Point
from makemore.core.files import file_md5
from makemore.training.journal_lines import EndLine, PointLine, StartLine, read_lines


@dataclass(frozen=True)
class Training:
    """The content of a journal.

    start: when training started or last resumed
    end: when its last line was written; if training is over, when it ended or, if it was killed, was last seen
    folder: where it ran
    points: the curve, with the time of each point
    status: RUNNING, FINISHED, FAILED or KILLED
    model: the hash of the model's files, if training finished
    damaged: how many lines could not be read
    """

    variant: str
    token: str
    experiment: str
    folder: str
    params: dict[str, Any]
    start: int
    end: int
    points: list[tuple[Point, int]] = field(repr=False)
    status: str
    error: str
    model: str
    damaged: int = 0


class Journal:
    """A journal that is open for appending. If it cannot be written, a warning says so and training continues."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None
        self._steps: set[int] = set()
        self._model = ""

    @property
    def is_open(self) -> bool:
        """Whether the journal can be written to."""
        return self._file is not None

    def begin(self, start: dict[str, Any]) -> None:
        """Opens the file and notes that training starts or resumes; `start` has the first fields of `Training`."""
        try:
            self._file = _open_locked(self.path)
            self._steps = {line.point[0] for line in read_lines(self.path)[0] if isinstance(line, PointLine)}
        except OSError as error:
            self._give_up(error)
        self._append({"start": now(), **start})

    def point(self, point: Point) -> None:
        """Appends a point of the curve, unless it is already in the journal."""
        if point.step not in self._steps:
            self._steps.add(point.step)
            self._append({"point": list(point), "time": now()})

    def trained(self, model: Path) -> None:
        """Notes the model that was written to the folder `model`."""
        self._model = hash_of_model(model)

    def end(self, status: str, error: str = "") -> None:
        """Notes how training ended."""
        self._append({"end": now(), "status": status, "error": error, "model": self._model})

    def close(self) -> None:
        """Closes the file, which also unlocks it."""
        if self._file is not None:
            self._file.close()

    def _append(self, entry: dict[str, Any]) -> None:
        if self._file is not None:
            size = os.fstat(self._file.fileno()).st_size
            rest = json.dumps(entry).encode() + b"\n"
            try:
                while rest:
                    rest = rest[self._file.write(rest) :]  # on a nearly full disk, only a part is written
            except OSError as error:
                with suppress(OSError):
                    self._file.truncate(size)
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        print(f"warning: {self.path}: {error.strerror}; MLflow gets this training when it is done", file=sys.stderr)
        self._file = None


def journal_token(run_key: str, experiment: str, params: dict[str, Any]) -> str:
    """The hash that identifies a training run in an MLflow experiment; `run_key` is `checkpoint.run_key`."""
    return hashlib.sha256(json.dumps([run_key, experiment, params], sort_keys=True).encode()).hexdigest()


def hash_of_model(folder: Path) -> str:
    """The hash of the names and contents of the files in a model's folder."""
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    return hashlib.sha256("".join(f"{path.name}:{file_md5(path)};" for path in files).encode()).hexdigest()


def now() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


def read_journal(path: Path) -> Training | None:
    """The content of the journal at `path`, without its damaged lines; None if it has no start. Never raises."""
    lines, damaged = read_lines(path)
    start: StartLine | None = None
    end: EndLine | None = None
    last, points = 0, []
    for line in lines:
        match line:
            case StartLine():
                start, end, last = line, None, line.start
            case PointLine():
                points.append((Point(*line.point), line.time))
                last = line.time
            case EndLine():
                end, last = line, line.end
    if start is None:
        return None
    if end is not None:
        result = end.model_dump(exclude={"end"})
    elif is_locked(path):
        result = {"status": "RUNNING", "error": "", "model": ""}
    else:
        result = {"status": "KILLED", "error": "the training was killed", "model": ""}
    return Training(end=last, points=points, damaged=damaged, **start.model_dump(), **result)


def is_locked(path: Path) -> bool:
    """Whether the training that writes the journal at `path` is alive."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def remove_journal(path: Path) -> None:
    """Deletes the journal at `path`, unless its training has just resumed."""
    with _unused(path) as unused:
        if unused:
            path.unlink()


def set_aside(path: Path) -> Path | None:
    """Renames a journal without a readable start. Returns its new path; None if it is empty or being written."""
    with _unused(path) as unused:
        if not unused or read_lines(path) == ([], 0):
            return None
        return path.replace(path.with_suffix(".damaged"))


@contextmanager
def _unused(path: Path) -> Iterator[bool]:
    """Whether the journal at `path` exists and nothing is writing it; nothing can start to in the `with` block."""
    with ExitStack() as stack:
        try:
            fcntl.flock(stack.enter_context(path.open("rb")), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # such as BlockingIOError
            yield False
        else:
            yield True


def _open_locked(path: Path) -> IO[bytes]:
    """Opens the journal at `path`, locked for this process, and removes an incomplete line left by a kill."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "not a regular file")
        file = path.open("a+b", buffering=0)
        fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            break
        file.close()  # the track stage deleted it in the meantime
    file.truncate(path.read_bytes().rfind(b"\n") + 1)
    return file
