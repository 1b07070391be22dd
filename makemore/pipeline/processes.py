"""The running stages: starts their processes, waits for them, says how each ended, and stops them."""

import multiprocessing
import os
import re
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from typing import IO, Literal

from makemore.core.errors import Interrupted, UserError
from makemore.pipeline.display import Display
from makemore.pipeline.folder import log_path, open_locked
from makemore.pipeline.project import Project
from makemore.pipeline.runner import STOP_SIGNALS, run_stage

Outcome = Literal["unchanged", "restored from cache", "ran", "stopped", "failed"]
_SECONDS_BETWEEN_LOOKS = 0.2  # at signals; also how often the display is refreshed
_MESSAGE = re.compile(r"^(error|interrupted): (.*)$", re.MULTILINE)  # how our stages end if they do not succeed


@dataclass
class _Running:
    process: ForkProcess
    log: IO[str]
    started: float  # time.monotonic()


class Processes:
    """The processes of stages, as a schedule needs them (schedule.Work).

    changed: the stages that DVC considered changed at the start; they are not asked about again
    signals: the stop signals received so far
    """

    def __init__(
        self, project: Project, changed: set[str], order: list[str], signals: list[int], display: Display
    ) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.seconds: dict[str, float] = {}  # of the stages that ran
        self._project = project
        self._changed = changed
        self._order = order
        self._signals = signals
        self._display = display
        self._running: dict[str, _Running] = {}
        self._killed: dict[str, int] = {}  # stages whose process of DVC was killed, and the signal

    def is_unchanged(self, stage: str) -> bool:
        """Whether DVC finds nothing to do, now that the dependencies are up to date."""
        if stage in self._changed or self._project.changed(stage):
            return False
        self._note(stage, "unchanged", 0.0)
        return True

    def start(self, stage: str) -> None:
        """Forks a process that runs the stage."""
        log = open_locked(log_path(stage), f"an earlier process of {stage}")
        log.truncate(0)
        process = multiprocessing.get_context("fork").Process(
            target=run_stage, args=(self._project, stage, log, self._order, os.getpid())
        )
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        with suppress(OSError):  # the process does the same; whoever comes second changes nothing
            os.setpgid(process.pid or 0, process.pid or 0)
        log.close()  # the process holds the lock now
        self._running[stage] = _Running(process, log, time.monotonic())
        self._display.begin(stage)

    def ended(self) -> Iterable[str]:
        """The stages that have just ended, after a moment of waiting.

        Raises UserError if one failed, and Interrupted if one was interrupted or we were asked to stop.
        """
        for stage in self._wait():
            if self.outcomes[stage] in {"failed", "stopped"}:
                raise self._error(stage)
            yield stage
        if self._signals:
            raise Interrupted("run the same command again to resume")

    def stop(self) -> None:
        """Stops the running stages, and waits until they have ended. Another signal kills them."""
        seen = len(self._signals)
        self._signal(signal.SIGINT)
        while self._running:
            if len(self._signals) > seen:
                self._signal(signal.SIGKILL)
            for _ in self._wait(stopping=True):
                pass

    def _signal(self, number: signal.Signals) -> None:
        for running in self._running.values():
            with suppress(ProcessLookupError):
                os.killpg(running.process.pid or 0, number)

    def _wait(self, stopping: bool = False) -> Iterator[str]:
        wait([running.process.sentinel for running in self._running.values()], _SECONDS_BETWEEN_LOOKS)
        for stage, running in list(self._running.items()):
            if running.process.is_alive():
                continue
            running.process.join()
            del self._running[stage]
            if (status := running.process.exitcode or 0) < 0:
                self._killed[stage] = -status
                with suppress(ProcessLookupError):  # the stage itself may still run
                    os.killpg(running.process.pid or 0, signal.SIGINT)
            seconds = time.monotonic() - running.started
            outcome = self._outcome(stage, running.process.exitcode, stopping)
            if outcome == "ran":
                self.seconds[stage] = seconds
            self._note(stage, outcome, seconds)
            yield stage
        self._display.refresh()

    def _outcome(self, stage: str, status: int | None, stopping: bool) -> Outcome:
        log = _read_log(stage)
        if status == 0:
            if "\nRunning stage '" in f"\n{log}":
                return "ran"
            return "restored from cache" if "is cached - skipping run" in log else "unchanged"
        interrupted = {kind for kind, _ in _MESSAGE.findall(log)} == {"interrupted"} and stage not in self._killed
        return "stopped" if stopping or interrupted else "failed"

    def _note(self, stage: str, outcome: Outcome, seconds: float) -> None:
        self.outcomes[stage] = outcome
        said = [text for kind, text in _MESSAGE.findall(_read_log(stage)) if kind == "interrupted"]
        self._display.end(stage, outcome, seconds, said[0] if outcome == "stopped" and said else "")

    def _error(self, stage: str) -> Exception:
        """The exception for a stage that did not succeed: what it printed itself, or else what DVC says."""
        log = _read_log(stage)
        kind = "interrupted" if self.outcomes[stage] == "stopped" else "error"
        text = "\n".join(message for found, message in _MESSAGE.findall(log) if found == kind)
        if self.outcomes[stage] == "stopped":
            return Interrupted(text)
        if stage in self._killed:
            return UserError(
                f"{stage} failed: its DVC process was killed by signal {self._killed[stage]}; run it again"
            )
        if not text:
            last = ([line for line in log.splitlines() if line.strip()] or ["it printed nothing"])[-1]
            text = f"{stage} failed: {last.removeprefix('dvc: ')}"
            return UserError(f"{text} (its output: {log_path(stage)})")
        return UserError(text)


def _read_log(stage: str) -> str:
    path = log_path(stage)
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


@contextmanager
def stop_signals() -> Iterator[list[int]]:
    """The signals that ask to stop, Ctrl-C and SIGTERM, as they arrive."""
    received: list[int] = []
    before = [signal.signal(number, lambda number, _: received.append(number)) for number in STOP_SIGNALS]
    try:
        yield received
    finally:
        for number, handler in zip(STOP_SIGNALS, before, strict=True):
            signal.signal(number, handler)
