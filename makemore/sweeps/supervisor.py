"""Runs the experiments of a plan, several at a time, and ends whatever happens to their processes.

DVC's own queue (`dvc exp run --queue`, Celery workers) waits forever for a task whose worker was killed; here an
experiment is a child process, and the system reports its end. docs/decisions.md has more.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from filelock import FileLock, Timeout

from makemore.core.errors import UserError
from makemore.sweeps import clone
from makemore.sweeps.plan import Experiment, Plan

SWEEPS = Path(".dvc/tmp/sweeps")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_TO_STOP = 10  # enough for training to end its step and save a checkpoint


@dataclass(frozen=True)
class Outcome:
    """An experiment that has ended.

    error: empty, or in one line why it failed
    warnings: those of its stages
    log: the file with the output of DVC and the stages
    """

    experiment: Experiment
    error: str
    warnings: list[str]
    log: Path


@contextmanager
def supervised(plan: Plan, experiments: list[Experiment], jobs: int) -> Iterator[Iterator[Outcome]]:
    """The outcomes of these experiments of the plan, in the order in which they end. At most `jobs` run at a time.

    At the end of the block, and if it is left early, everything that still runs is stopped.

    Raises UserError if another process runs this sweep.
    """
    folder = SWEEPS / plan.sweep
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder.with_suffix(".lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(f"another process is running the sweep {plan.sweep!r} here; wait until it ends") from None
    with lock:
        for left in folder.iterdir():  # by a supervisor that was killed
            if left.is_dir():
                clone.discard(left)
        workers = _Workers(plan.baseline, folder)
        with _interrupted_by_signals(), ThreadPoolExecutor(jobs) as pool:
            futures = [pool.submit(workers.run, experiment) for experiment in experiments]
            try:
                yield (future.result() for future in as_completed(futures))
            finally:
                _ignore_signals()  # a second Ctrl-C would leave processes behind
                pool.shutdown(wait=False, cancel_futures=True)
                workers.stop()


@contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """In the block, all of _SIGNALS do what Ctrl-C does."""
    before = [signal.signal(each, signal.default_int_handler) for each in _SIGNALS]
    try:
        yield
    finally:
        for each, handler in zip(_SIGNALS, before, strict=True):
            signal.signal(each, handler)


def _ignore_signals() -> None:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)


class _Workers:
    """What the threads share: the running processes."""

    def __init__(self, baseline: str, folder: Path) -> None:
        self._baseline, self._folder = baseline, folder
        self._running: list[subprocess.Popen[bytes]] = []
        self._stopped = False
        self._lock = Lock()

    def run(self, experiment: Experiment) -> Outcome:
        """Runs an experiment to its end."""
        folder, log = self._folder / experiment.name, self._folder / f"{experiment.name}.log"
        warnings: list[str] = []
        try:
            log.write_bytes(b"")
            with self._lock:  # git locks refs, and gives up at once if another process has them locked
                clone.prepare(experiment, self._baseline, folder)
            status = self._wait(experiment, folder, log)
            error, warnings = clone.error_in(log, status) if status else "", clone.warnings_in(log)
            if not error:
                with self._lock:
                    clone.collect(experiment, self._baseline, folder)
        except (UserError, OSError) as problem:
            error = " ".join(str(problem).split())
        finally:
            clone.discard(folder)
        return Outcome(experiment, error, warnings, log)

    def _wait(self, experiment: Experiment, folder: Path, log: Path) -> int:
        with self._lock:
            if self._stopped:
                return -signal.SIGINT
            process = clone.start(experiment, self._baseline, folder, log)
            self._running.append(process)
        status = process.wait()
        with self._lock:
            self._running.remove(process)
        return status

    def stop(self) -> None:
        """Interrupts what runs, so that training saves a checkpoint, and kills what has not ended after a while.

        The threads then end by themselves.
        """
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
        for process in running:
            try:
                process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()  # `clone.discard` kills what it had started
