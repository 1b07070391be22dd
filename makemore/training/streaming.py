"""Streams the journal to MLflow during training, in a separate process (tracking/carrier.py).

The process is not part of the stage: it cannot affect any output, and it is allowed to fail. What it has not delivered
stays in the journal, and the track stage delivers it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any

from makemore.core.errors import Interrupted
from makemore.core.layout import JOURNALS, main_repository
from makemore.training.journal import Journal, journal_token

SECONDS_BEFORE_STREAMING = 1.0  # shorter training runs are left to the track stage
SECONDS_TO_FINISH = 3.0  # how long successful training waits for the last delivery
SECONDS_TO_REPORT = 10.0  # how long failed training waits, since it may be long until the next track stage


@contextmanager
def streamed_journal(variant: str, run_key: str, params: dict[str, Any], experiment: str) -> Iterator[Journal]:
    """The journal of `variant`, streamed to MLflow; it notes how the `with` block ends.

    run_key: the hash of everything that determines the training (`checkpoint.run_key`)
    params: the parameters that MLflow shows
    experiment: the name of the MLflow experiment
    """
    token = journal_token(run_key, experiment, params)
    journal = Journal(main_repository() / JOURNALS / f"{variant}-{token[:16]}.jsonl")
    folder = str(Path.cwd())
    journal.begin({"variant": variant, "token": token, "experiment": experiment, "folder": folder, "params": params})
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


def one_line(error: BaseException) -> str:
    """The message of `error` as one line of at most 250 printable characters."""
    return first_words(str(error)) or type(error).__name__


def first_words(text: str) -> str:
    """The first 250 characters of `text`, on one line. Unprintable characters become spaces."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:250]


class Carrier:
    """The process that carries a journal to MLflow. It starts once training has run for a second."""

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
            [sys.executable, "-m", "makemore.tracking.carrier", str(self._journal.path), str(os.getpid())],
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
