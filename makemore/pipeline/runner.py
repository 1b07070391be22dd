"""Runs one stage in a process of its own, forked from one that has imported DVC and read the pipeline.

It does what `dvc --wait-for-lock repro --single-item STAGE` does, without the second of CPU time that starting DVC
takes. Its output, and that of the stage, goes to the stage's log; what became of the stage is its exit status. A stop
request is SIGINT to its process group: the stage stops (training saves a checkpoint), and DVC ends in its own time, so
it never stops in the middle of writing.
"""

import ctypes
import logging
import os
import signal
import subprocess
import sys
from enum import IntEnum
from typing import IO, Any

from makemore.pipeline.lock_file import write_entries
from makemore.pipeline.project import Project, causes, when_free

_PR_SET_PDEATHSIG = 1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Status(IntEnum):
    """The exit status of the process: what became of the stage."""

    RAN = 0
    FAILED = 1
    UNCHANGED = 3
    RESTORED = 4  # from DVC's run cache
    INTERRUPTED = 130  # as that of a stage, by core/errors.exit_status


def run_stage(project: Project, name: str, log: IO[str], order: list[str], parent: int) -> None:
    """Runs a stage and exits with its status. The signals in `STOP_SIGNALS` are blocked when this is called.

    order: of the entries in dvc.lock
    parent: the process that forked this one; if it dies, so does this one
    """
    os.setpgid(0, 0)  # Ctrl-C reaches the scheduler alone, which passes it on once
    stopped: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: stopped.append(number))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    _die_with(parent)
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    for logger in ("dvc", "dvc_objects", "dvc_data"):
        logging.getLogger(logger).setLevel(logging.INFO)
    sys.argv = ["dvc", "--wait-for-lock", "repro", "--single-item", name]  # how DVC calls this process in its messages
    sys.exit(_reproduce(project, name, _adapt_dvc(stopped, order)))


def _reproduce(project: Project, name: str, statuses: list[int]) -> Status:
    from dvc.exceptions import DvcException  # type: ignore[import-untyped]
    from dvc.repo import lock_repo  # type: ignore[import-untyped]
    from dvc.repo.reproduce import _reproduce_stage  # type: ignore[import-untyped]

    repo, stage = project.repo, project.stages[name]
    try:
        with lock_repo(repo), repo.scm_context(quiet=True):
            changed = when_free(lambda: _reproduce_stage(stage, interactive=False))
            if statuses:  # DVC leaves out stages with outputs that git keeps; an experiment should restore those too
                repo.stage_cache.save(stage)
    except (DvcException, OSError) as error:
        print(f"dvc: {causes(error)}", file=sys.stderr)
        # A command that has no handler yet is killed by the signal.
        return Status.INTERRUPTED if statuses and statuses[-1] in {130, -signal.SIGINT} else Status.FAILED
    if not changed:
        return Status.UNCHANGED
    return Status.RAN if statuses else Status.RESTORED


def _adapt_dvc(stopped: list[int], order: list[str]) -> list[int]:
    """Replaces two functions of DVC: the one that runs a command, and the one that writes dvc.lock.

    Returns the list to which the exit status of each command will be added.
    """
    from dvc.dvcfile import Lockfile  # type: ignore[import-untyped]
    from dvc.stage import run, serialize  # type: ignore[import-untyped]
    from dvc.stage.exceptions import StageCmdFailedError  # type: ignore[import-untyped]

    statuses: list[int] = []

    def run_command(executable: str, command: str, **options: Any) -> None:
        """Like DVC's own, but a stop request that arrives before the command can receive it is not lost."""
        if stopped:
            statuses.append(-stopped[0])
        else:
            process = subprocess.Popen(run._make_cmd(executable, command), **options)
            if stopped:
                process.send_signal(signal.SIGINT)
            statuses.append(process.wait())
        if statuses[-1]:
            raise StageCmdFailedError(command, statuses[-1])

    def dump_stages(_: Lockfile, stages: list[Any], **options: Any) -> None:
        for stage in stages:
            write_entries(serialize.to_lockfile(stage, **options), order)

    run._run = run_command
    Lockfile.dump_stages = dump_stages
    return statuses


def _die_with(parent: int) -> None:
    """Asks Linux to kill this process when its parent dies. Elsewhere it ends its stage, and the next run waits."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died a moment before
            os._exit(1)
