"""The journal of a training: what MLflow is to know of it, appended to a local file as it happens, line by line.

    {"start": ..., "variant": ..., "token": ..., "params": {...}, ...}     once, and once more for each time it goes on
    {"point": [step, train_nll, dev_nll, lr], "time": ...}
    {"end": ..., "status": "FINISHED", "model": ...}                      or FAILED or KILLED, with the error's one line

Appending a line is all that the training's thread does: no network, no queue, no memory. A training that takes longer
than a second starts the process that carries the journal to MLflow (stream.py). It is no part of the stage: it decides
no output, and it may fail. Times are milliseconds since 1970, as in MLflow.

A journal is found by its token, the hash of all that determines the training and of the parameters shown, so a
training that goes on after a kill goes on in its journal. While its training lives, the file is locked. Journals lie in
DVC's folder for temporary files, those of a queued experiment in that of its main repository (DVC_ROOT); `sync` removes
them when MLflow has all that they hold. This file imports no mlflow, and must not: each training would wait for it.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any

from makemore.errors import Interrupted
from makemore.files import file_md5

FOLDER = Path(".dvc/tmp/tracking")
SECONDS_BEFORE_STREAMING = 1.0  # a shorter training is on record soon enough
SECONDS_TO_FINISH = 3.0  # how long a training that ended well waits for MLflow; the rest is left to `sync`
SECONDS_TO_REPORT = 10.0  # likewise one that failed: there may be no `sync` for long


@dataclass(frozen=True)
class Training:
    """What a journal says.

    start: when the training began, or last went on
    folder: where it ran
    points: [step, NLL on train, NLL on dev, learning rate] and the time of each
    status: RUNNING, FINISHED, FAILED or KILLED
    model: the hash of the model's files, of a training that finished
    """

    variant: str
    token: str
    experiment: str
    folder: str
    params: dict[str, Any]
    start: int
    points: list[tuple[list[float], int]] = field(repr=False)
    status: str
    error: str
    model: str


@contextmanager
def open_journal(variant: str, run_key: str, params: dict[str, Any], experiment: str) -> Iterator["Journal"]:
    """The journal of the training of `variant`; notes how the `with` block ends.

    run_key: the hash of all that determines the training (checkpoint.run_key)
    params: those that MLflow shows of it; experiment: the MLflow experiment
    """
    token = hashlib.sha256(json.dumps([run_key, experiment, params], sort_keys=True).encode()).hexdigest()
    journal = Journal(root() / FOLDER / f"{variant}-{token[:16]}.jsonl")
    folder = str(Path.cwd())
    journal.begin({"variant": variant, "token": token, "experiment": experiment, "folder": folder, "params": params})
    try:
        yield journal
    except BaseException as error:
        stopped = isinstance(error, Interrupted | KeyboardInterrupt)
        journal.end("KILLED" if stopped else "FAILED", one_line(error))
        raise
    journal.end("FINISHED")


def root() -> Path:
    """The root of the repository: DVC sets DVC_ROOT for its stages; without it (a stage run by hand), this folder."""
    return Path(os.environ.get("DVC_ROOT", "."))


def one_line(error: BaseException) -> str:
    """What went wrong, as one line of at most 250 characters."""
    return " ".join(str(error).split())[:250] or type(error).__name__


def hash_of_model(folder: Path) -> str:
    """The hash of the names and contents of the files in a model's folder."""
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    return hashlib.sha256("".join(f"{path.name}:{file_md5(path)};" for path in files).encode()).hexdigest()


# Writing


class Journal:
    """The journal of one training, open for appending; `open_journal` makes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None
        self._steps: set[float] = set()
        self._model = ""
        self._ended = Event()
        self._starter = Thread(target=self._carry_if_long, daemon=True)
        self._carrier: subprocess.Popen[str] | None = None

    def begin(self, start: dict[str, Any]) -> None:
        """Notes that the training starts or goes on; a second later it is carried to MLflow."""
        try:
            self._file = _open(self.path)
            self._steps = {entry["point"][0] for entry in _entries(self.path) if "point" in entry}
        except OSError as error:
            self._give_up(error)
        self._append({"start": now(), **start})
        self._starter.start()

    def point(self, point: Sequence[float]) -> None:
        """Adds a point of the curve (step, NLL on train and dev, learning rate), unless it is there."""
        if point[0] not in self._steps:
            self._steps.add(point[0])
            self._append({"point": list(point), "time": now()})

    def trained(self, model: Path) -> None:
        """Notes which files in the folder `model` the training left."""
        self._model = hash_of_model(model)

    def end(self, status: str, error: str = "") -> None:
        """Notes how the training ended, and waits a little until MLflow knows."""
        self._append({"end": now(), "status": status, "error": error, "model": self._model})
        self._ended.set()
        self._starter.join()
        if self._file is None:
            return
        if self._carrier is None and status != "FINISHED":
            self._start_carrier()
        if self._carrier is not None:
            try:
                self._carrier.wait(SECONDS_TO_FINISH if status == "FINISHED" else SECONDS_TO_REPORT)
            except subprocess.TimeoutExpired:
                self._carrier.kill()  # what it has not delivered stands in the journal
                self._carrier.wait()
            self._printer.join(1.0)
        self._file.close()

    def _append(self, entry: dict[str, Any]) -> None:
        if self._file is not None:
            try:
                self._file.write(json.dumps(entry).encode() + b"\n")
            except OSError as error:
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        print(f"warning: {self.path}: {error.strerror}; MLflow sees this training when it is over", file=sys.stderr)
        self._file = None

    def _carry_if_long(self) -> None:
        if not self._ended.wait(SECONDS_BEFORE_STREAMING) and self._file is not None:
            self._start_carrier()

    def _start_carrier(self) -> None:
        # Without DVC_STAGE: it is no part of the stage. In a session of its own: Ctrl-C is not meant for it.
        self._carrier = subprocess.Popen(
            [sys.executable, "-m", "makemore.tracking.stream", str(self.path), str(os.getpid())],
            env={name: value for name, value in os.environ.items() if name != "DVC_STAGE"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,  # not ours: who waits for our output must not wait for a carrier that we leave
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._printer = Thread(target=_pass_on, args=(self._carrier.stdout,), daemon=True)
        self._printer.start()


def _pass_on(lines: IO[str]) -> None:
    for line in lines:
        print(line, end="", file=sys.stderr, flush=True)


def _open(path: Path) -> IO[bytes]:
    """The journal at `path`, locked for this process, without the half line that a kill may have left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        file = path.open("a+b", buffering=0)
        fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            break
        file.close()  # `sync` has just removed it
    file.truncate(path.read_bytes().rfind(b"\n") + 1)
    return file


def now() -> int:
    """Milliseconds since 1970, as MLflow counts."""
    return int(time.time() * 1000)


# Reading


def read_journal(path: Path) -> Training | None:
    """What the journal at `path` says; None where it says nothing yet, or is gone."""
    start: dict[str, Any] = {}
    end: dict[str, Any] = {}
    points = []
    for entry in _entries(path):
        if "start" in entry:
            start, end = entry, {}
        elif "point" in entry:
            points.append((entry["point"], entry["time"]))
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


def _entries(path: Path) -> list[dict[str, Any]]:
    content = path.read_bytes() if path.exists() else b""
    return [json.loads(line) for line in content[: content.rfind(b"\n") + 1].splitlines()]


def remove_journal(path: Path) -> None:
    """Removes the journal at `path`, which MLflow has all of, unless its training has just gone on."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        path.unlink()


def lock_of(path: Path) -> Path:
    """The lock to hold while the journal at `path` is delivered; the variant's."""
    return path.with_name(f"{path.stem.rpartition('-')[0]}.lock")
