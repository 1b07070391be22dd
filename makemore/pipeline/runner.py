"""Runs one stage in a process of its own, forked from one that has imported DVC and read the pipeline.

It does what `dvc --wait-for-lock repro --single-item STAGE` does, without the second of CPU time that starting DVC
takes. Its output, and that of the stage, goes to the stage's log. A stop request is SIGINT to its process group: the
stage stops (training saves a checkpoint), and DVC ends in its own time, so it never stops in the middle of writing.
"""

import ctypes
import logging
import os
import signal
import subprocess
import sys
from typing import IO, Any

from makemore.pipeline.lock_file import write_entries
from makemore.pipeline.project import Project, causes, when_free

_PR_SET_PDEATHSIG = 1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run_stage(project: Project, name: str, log: IO[str], order: list[str], parent: int) -> None:
    """Runs a stage and exits with status 0 or 1. The signals in `STOP_SIGNALS` are blocked when this is called.

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
    _adapt_dvc(stopped, order)
    sys.exit(_reproduce(project, name))


def _reproduce(project: Project, name: str) -> int:
    from dvc.exceptions import DvcException  # type: ignore[import-untyped]
    from dvc.repo import lock_repo  # type: ignore[import-untyped]
    from dvc.repo.reproduce import _reproduce_stage  # type: ignore[import-untyped]

    repo, stage = project.repo, project.stages[name]
    try:
        with lock_repo(repo), repo.scm_context(quiet=True):
            when_free(lambda: _reproduce_stage(stage, interactive=False))
    except (DvcException, OSError) as error:
        print(f"dvc: {causes(error)}", file=sys.stderr)
        return 1
    return 0


def _adapt_dvc(stopped: list[int], order: list[str]) -> None:
    """Replaces two functions of DVC: the one that runs a command, and the one that writes dvc.lock."""
    from dvc.dvcfile import Lockfile  # type: ignore[import-untyped]
    from dvc.stage import run, serialize  # type: ignore[import-untyped]
    from dvc.stage.exceptions import StageCmdFailedError  # type: ignore[import-untyped]

    def run_command(executable: str, command: str, **options: Any) -> None:
        """Like DVC's own, but a stop request that arrives before the command can receive it is not lost."""
        if stopped:
            raise StageCmdFailedError(command, -stopped[0])
        process = subprocess.Popen(run._make_cmd(executable, command), **options)
        if stopped:
            process.send_signal(signal.SIGINT)
        if process.wait():
            raise StageCmdFailedError(command, process.returncode)

    def dump_stages(_: Lockfile, stages: list[Any], **options: Any) -> None:
        for stage in stages:
            write_entries(serialize.to_lockfile(stage, **options), order)

    run._run = run_command
    Lockfile.dump_stages = dump_stages


def _die_with(parent: int) -> None:
    """Asks Linux to kill this process when its parent dies. Elsewhere it ends its stage, and the next run waits."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died a moment before
            os._exit(1)
