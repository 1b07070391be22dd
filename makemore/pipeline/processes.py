"""The running stages: starts their processes, waits for them, says how each ended, and stops them."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from typing import Literal

from makemore.core.errors import Interrupted, UserError
from makemore.pipeline.display import Display
from makemore.pipeline.folder import log_path, open_locked
from makemore.pipeline.project import Project
from makemore.pipeline.runner import STOP_SIGNALS, Status, run_stage

Outcome = Literal["unchanged", "restored from cache", "ran", "stopped", "failed"]
_OUTCOMES: dict[int, Outcome] = {
    Status.RAN: "ran",
    Status.UNCHANGED: "unchanged",
    Status.RESTORED: "restored from cache",
    Status.INTERRUPTED: "stopped",
}  # every other exit status is a failure
_SECONDS_BETWEEN_LOOKS = 0.2  # at signals; also how often the display is refreshed


class Processes:
    """The processes of stages, as a schedule needs them (schedule.Work).

    outcomes: what became of the stages that have ended
    failures: the message of each stage that failed
    changed: the stages that DVC considered changed at the start; they are not asked about again
    signals: the stop signals received so far
    keep_going: whether a failed stage leaves the others running
    """

    def __init__(
        self,
        project: Project,
        changed: set[str],
        order: list[str],
        signals: list[int],
        display: Display,
        keep_going: bool = False,
    ) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.failures: dict[str, str] = {}
        self._project = project
        self._changed = changed
        self._order = order
        self._signals = signals
        self._display = display
        self._keep_going = keep_going
        self._running: dict[str, ForkProcess] = {}

    def is_unchanged(self, stage: str) -> bool:
        """Whether DVC finds nothing to do, now that the dependencies are up to date."""
        if stage in self._changed or self._project.changed(stage):
            return False
        self.outcomes[stage] = "unchanged"
        self._display.end(stage, "unchanged")
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
        self._running[stage] = process
        self._display.begin(stage)

    def ended(self) -> Iterator[tuple[str, bool]]:
        """The stages that have just ended, after a moment of waiting, and whether they succeeded.

        Raises UserError if one failed, unless the others keep going; Interrupted if one was interrupted or we were
        asked to stop.
        """
        for stage in self._wait():
            if self.outcomes[stage] == "stopped":
                raise Interrupted("\n".join(_said(stage, "interrupted")))
            if stage in self.failures and not self._keep_going:
                raise UserError(self.failures[stage])
            yield stage, stage not in self.failures
        if self._signals:
            raise Interrupted("run the same command again to resume")

    def stop(self) -> None:
        """Stops the running stages, and waits until they have ended. Another signal kills them."""
        seen = len(self._signals)
        self._signal(signal.SIGINT)
        while self._running:
            if len(self._signals) > seen:
                self._signal(signal.SIGKILL)
            self._wait(stopping=True)

    def _signal(self, number: signal.Signals) -> None:
        for process in self._running.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid or 0, number)

    def _wait(self, stopping: bool = False) -> list[str]:
        wait([process.sentinel for process in self._running.values()], _SECONDS_BETWEEN_LOOKS)
        ended = [stage for stage, process in self._running.items() if not process.is_alive()]
        for stage in ended:
            process = self._running.pop(stage)
            process.join()
            status = process.exitcode or 0
            if status < 0:
                with suppress(ProcessLookupError):  # the stage itself may still run
                    os.killpg(process.pid or 0, signal.SIGINT)
            self._note(stage, _OUTCOMES.get(status, "stopped" if stopping else "failed"), status)
        self._display.refresh()
        return ended

    def _note(self, stage: str, outcome: Outcome, status: int) -> None:
        self.outcomes[stage] = outcome
        said = _said(stage, "interrupted") if outcome == "stopped" else []
        self._display.end(stage, outcome, *said[:1])
        if outcome == "failed":
            self.failures[stage] = _failure(stage, status)
        for warning in _said(stage, "warning") if outcome == "ran" else []:
            self._display.say(f"{stage}: warning: {warning}")


def _failure(stage: str, status: int) -> str:
    """Why a stage failed: what it printed itself, or else what DVC says."""
    if status < 0:
        return f"{stage} failed: its DVC process was killed by signal {-status}; run it again"
    if said := _said(stage, "error"):
        return "\n".join(said)
    last = ([line for line in _log(stage) if line.strip()] or ["it printed nothing"])[-1]
    return f"{stage} failed: {last.removeprefix('dvc: ')} (its output: {log_path(stage)})"


def _said(stage: str, kind: str) -> list[str]:
    """What the stage has told people after "error: ", "warning: " or "interrupted: "."""
    return [line.removeprefix(f"{kind}: ") for line in _log(stage) if line.startswith(f"{kind}: ")]


def _log(stage: str) -> list[str]:
    return log_path(stage).read_text(encoding="utf-8", errors="replace").splitlines()


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
