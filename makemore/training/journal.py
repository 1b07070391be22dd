"""The journal of a training run: what MLflow shows about it, appended line by line to a local file.

    {"start": ..., "variant": ..., "key": ..., "params": {...}, ...}       when training starts, and when it resumes
    {"point": [step, train_nll, dev_nll, lr], "time": ...}
    {"end": ..., "status": "FINISHED", "error": "", "model": ...}          or FAILED or KILLED, with a one-line error

Training only appends lines: no network, no queue. A separate process, the carrier, takes them to MLflow; it is not part
of the stage, cannot affect any output, and is allowed to fail. The track stage delivers what it has not delivered, and
deletes the journal. tracking/live reads journals; this file must not import it or mlflow, which takes seconds.

A journal is named after the variant and the training key, the hash of everything that determines the training. So
training that resumes after a kill appends to the same journal, from the first point on: readers keep the first line of
each step. The file is locked as long as its training is alive. Journals are in DVC's folder for temporary files (for
queued experiments, in that of the main repository). Times are milliseconds since 1970, as in MLflow.
"""

import errno
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any

from makemore.core.curve import Point
from makemore.core.errors import Interrupted
from makemore.core.files import file_md5
from makemore.core.layout import JOURNALS, main_repository

# Shorter training runs are left to the track stage: starting MLflow takes as much of a core as such a training.
SECONDS_BEFORE_STREAMING = 10.0
SECONDS_TO_FINISH = 3.0  # how long successful training waits for the last delivery
SECONDS_TO_REPORT = 10.0  # how long failed training waits, since it may be long until the next track stage


@contextmanager
def streamed_journal(variant: str, key: str, params: dict[str, Any], experiment: str) -> Iterator["Journal"]:
    """The journal of `variant`, streamed to MLflow; it notes how the `with` block ends.

    key: the training key (training/checkpoint.py)
    params: the parameters that MLflow shows
    experiment: the name of the MLflow experiment
    """
    journal = Journal(main_repository() / JOURNALS / f"{variant}-{key[:16]}.jsonl")
    folder = str(Path.cwd())
    journal.begin({"variant": variant, "key": key, "experiment": experiment, "folder": folder, "params": params})
    carrier = Carrier(journal)
    try:
        yield journal
    except BaseException as error:
        interrupted = isinstance(error, Interrupted | KeyboardInterrupt)
        journal.end("KILLED" if interrupted else "FAILED", one_line(error))
        carrier.finish(must_report=True)
        raise
    else:
        journal.end("FINISHED")
        carrier.finish(must_report=False)
    finally:
        journal.close()


class Journal:
    """A journal that is open for appending. If it cannot be written, a warning says so and training continues."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None
        self._model = ""

    @property
    def is_open(self) -> bool:
        """Whether the journal can be written to."""
        return self._file is not None

    def begin(self, start: dict[str, Any]) -> None:
        """Opens the file and notes that training starts or resumes; `start` has the fields that the reader expects."""
        try:
            self._file = _open_locked(self.path)
        except OSError as error:
            self._give_up(error)
        self._append({"start": now(), **start})

    def point(self, point: Point) -> None:
        """Appends a point of the curve."""
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


class Carrier:
    """The process that carries a journal to MLflow (tracking/live). It starts after some seconds of training."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._ended = Event()
        self._process: subprocess.Popen[str] | None = None
        self._starter = Thread(target=self._start_if_long, daemon=True)
        self._starter.start()

    def finish(self, must_report: bool) -> None:
        """Waits a few seconds for the last delivery. With `must_report`, short training runs are delivered too."""
        self._ended.set()
        self._starter.join()
        if not self._journal.is_open:
            return
        if self._process is None and must_report:
            self._start()
        if self._process is not None:
            try:
                self._process.wait(SECONDS_TO_REPORT if must_report else SECONDS_TO_FINISH)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._printer.join(1.0)

    def _start_if_long(self) -> None:
        if not self._ended.wait(SECONDS_BEFORE_STREAMING) and self._journal.is_open:
            self._start()

    def _start(self) -> None:
        # Without DVC_STAGE, because it is not part of the stage; in its own session, so that Ctrl-C does not reach it.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "makemore.tracking.live.carrier", str(self._journal.path), str(os.getpid())],
            env={name: value for name, value in os.environ.items() if name != "DVC_STAGE"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,  # not inherited: readers of our output must not wait for the carrier
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._printer = Thread(target=_copy_to_stderr, args=(self._process.stdout,), daemon=True)
        self._printer.start()


def _copy_to_stderr(lines: IO[str]) -> None:
    for line in lines:
        print(line, end="", file=sys.stderr, flush=True)


def hash_of_model(folder: Path) -> str:
    """The hash of the names and contents of the files in a model's folder."""
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    return hashlib.sha256("".join(f"{path.name}:{file_md5(path)};" for path in files).encode()).hexdigest()


def one_line(error: BaseException) -> str:
    """The message of `error` as one line of at most 250 printable characters, which any database can store."""
    return first_words(str(error)) or type(error).__name__


def first_words(text: str) -> str:
    """The first 250 characters of `text`, on one line. Unprintable characters become spaces."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:250]


def now() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)
