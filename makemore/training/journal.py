"""The journal of a training: what MLflow will know about it, appended to a local file line by line.

    {"start": ..., "variant": ..., "token": ..., "params": {...}, ...}     when it starts, and again when it resumes
    {"point": [step, train_nll, dev_nll, lr], "time": ...}
    {"end": ..., "status": "FINISHED", "model": ...}                       or FAILED or KILLED, with a one-line error

Appending a line is all that the training has to do: no network, no queue, no memory. streaming.py starts the process
that carries the journal to MLflow; that process, and the track stage, read it with `read_journal`. Times are
milliseconds since 1970, like in MLflow.

A journal is named after its token, the hash of everything that determines the training and of the parameters shown. A
training that resumes after a kill therefore appends to the same journal. The file is locked for as long as its training
is alive. Journals are in DVC's folder for temporary files, those of queued experiments in the main repository's; the
track stage deletes a journal once MLflow has all of it. This module must not import mlflow: every training would wait.
"""

import fcntl
import hashlib
import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from makemore.core.files import file_md5
from makemore.models.base.curve import Point, parse_point


@dataclass(frozen=True)
class Training:
    """The content of a journal.

    start: when the training started, or last resumed
    folder: where it ran
    points: the curve, with the time of each point
    status: RUNNING, FINISHED, FAILED or KILLED
    model: the hash of the model's files, if the training finished
    """

    variant: str
    token: str
    experiment: str
    folder: str
    params: dict[str, Any]
    start: int
    points: list[tuple[Point, int]] = field(repr=False)
    status: str
    error: str
    model: str


class Journal:
    """A journal that is open for appending. A file that cannot be written costs a warning, never the training."""

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
        """Opens the file and notes that the training starts or resumes; `start` has the first fields of `Training`."""
        try:
            self._file = _open_locked(self.path)
            self._steps = {int(entry["point"][0]) for entry in _read_entries(self.path) if "point" in entry}
        except OSError as error:
            self._give_up(error)
        self._append({"start": now(), **start})

    def point(self, point: Point) -> None:
        """Appends a point of the curve, unless it is already in the journal."""
        if point.step not in self._steps:
            self._steps.add(point.step)
            self._append({"point": list(point), "time": now()})

    def trained(self, model: Path) -> None:
        """Notes the model that the training wrote to the folder `model`."""
        self._model = hash_of_model(model)

    def end(self, status: str, error: str = "") -> None:
        """Notes how the training ended."""
        self._append({"end": now(), "status": status, "error": error, "model": self._model})

    def close(self) -> None:
        """Closes the file, which also unlocks it."""
        if self._file is not None:
            self._file.close()

    def _append(self, entry: dict[str, Any]) -> None:
        if self._file is not None:
            try:
                self._file.write(json.dumps(entry).encode() + b"\n")
            except OSError as error:
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        print(f"warning: {self.path}: {error.strerror}; MLflow gets this training when it is done", file=sys.stderr)
        self._file = None


def journal_token(run_key: str, experiment: str, params: dict[str, Any]) -> str:
    """The hash that identifies a training in an MLflow experiment; `run_key` is `checkpoint.run_key`."""
    return hashlib.sha256(json.dumps([run_key, experiment, params], sort_keys=True).encode()).hexdigest()


def hash_of_model(folder: Path) -> str:
    """The hash of the names and contents of the files in a model's folder."""
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    return hashlib.sha256("".join(f"{path.name}:{file_md5(path)};" for path in files).encode()).hexdigest()


def now() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


def read_journal(path: Path) -> Training | None:
    """The content of the journal at `path`; None if it is empty or does not exist."""
    start: dict[str, Any] = {}
    end: dict[str, Any] = {}
    points = []
    for entry in _read_entries(path):
        if "start" in entry:
            start, end = entry, {}
        elif "point" in entry:
            points.append((parse_point(entry["point"]), entry["time"]))
        else:
            end = {name: entry[name] for name in ("status", "error", "model")}
    if not start:
        return None
    if not end:
        end = {"status": "RUNNING", "error": "", "model": ""}
        if not is_locked(path):
            end |= {"status": "KILLED", "error": "the training was killed"}
    return Training(points=points, **start, **end)


def is_locked(path: Path) -> bool:
    """Whether the training that writes the journal at `path` is alive."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False


def remove_journal(path: Path) -> None:
    """Deletes the journal at `path`, unless its training has just resumed."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        path.unlink()


def _open_locked(path: Path) -> IO[bytes]:
    """The journal at `path`, locked for this process, without the incomplete line that a kill may have left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        file = path.open("a+b", buffering=0)
        fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            break
        file.close()  # the track stage deleted it in the meantime
    file.truncate(path.read_bytes().rfind(b"\n") + 1)
    return file


def _read_entries(path: Path) -> list[dict[str, Any]]:
    content = path.read_bytes() if path.exists() else b""
    return [json.loads(line) for line in content[: content.rfind(b"\n") + 1].splitlines()]
