"""What this process asks DVC: the graph of stages, and which of them have changed. Uses DVC's Python API."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from makemore.commands import repository_problem
from makemore.core.errors import UserError
from makemore.pipeline.lock_file import check_lock
from makemore.pipeline.schedule import Graph

SECONDS_BUSY = 60.0  # how long a stage waits for another DVC command that uses its files


def check_folder() -> None:
    """Raises UserError if the current folder is not the root of a DVC project."""
    if not Path("dvc.yaml").is_file() or not Path(".dvc").is_dir():
        raise UserError("there is no dvc.yaml with a folder .dvc here; run this in the root of the repository")


class Project:
    """The DVC project in the current folder, and the part of its pipeline that `targets` need (all of it if empty).

    graph: the dependencies of each stage; the stages are in the order in which `dvc repro` runs them
    """

    def __init__(self, targets: list[str]) -> None:
        from tqdm import tqdm

        tqdm.monitor_interval = 0  # its thread would make forks unsafe
        with dvc_errors():
            self._open(targets)

    def _open(self, targets: list[str]) -> None:
        from dvc.repo import Repo, lock_repo  # type: ignore[import-untyped]
        from dvc.repo.reproduce import collect_stages, get_active_graph, plan_repro  # type: ignore[import-untyped]

        for name in ("dvc", "dvc_objects", "dvc_data"):  # their warnings would appear among our lines
            logging.getLogger(name).setLevel(logging.CRITICAL)
        check_lock()
        self.repo = Repo()
        _wait_without_delay(self.repo)
        with lock_repo(self.repo):
            _mend_rwlock(self.repo)
            chosen = collect_stages(self.repo, targets or ["dvc.yaml"])
            graph = get_active_graph(self.repo.index.graph)
            plan = plan_repro(graph, chosen)
            self.stages: dict[str, Any] = {stage.addressing: stage for stage in plan}
            self.graph: Graph = {
                stage.addressing: [other.addressing for other in graph.successors(stage)] for stage in plan
            }

    def changed(self, *names: str) -> set[str]:
        """Those of the stages that DVC considers changed: command, parameters, dependencies or outputs."""
        from dvc.repo import lock_repo

        with dvc_errors(), lock_repo(self.repo):
            return {name for name in names if when_free(self.stages[name].changed)}


def when_free(work: Any) -> Any:
    """Calls `work`, again and again for a minute if another DVC command uses the same files.

    Waiting for DVC's lock does not help here: DVC releases it while a command runs, and notes in .dvc/tmp/rwlock which
    files the command uses.
    """
    from dvc.lock import LockError  # type: ignore[import-untyped]

    deadline = time.monotonic() + SECONDS_BUSY
    while True:
        try:
            return work()
        except LockError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


@contextmanager
def dvc_errors() -> Iterator[None]:
    """Turns DVC's errors into UserError with one line."""
    from dvc.exceptions import DvcException  # type: ignore[import-untyped]

    try:
        yield
    except DvcException as error:
        raise UserError(_without_git(error) or f"dvc: {causes(error)}") from None


def _without_git(error: BaseException) -> str:
    """What git says, if that is why DVC failed: DVC says that there is no repository, whatever the reason is."""
    return repository_problem() if "not a git repository" in causes(error) else ""


def causes(error: BaseException | None) -> str:
    """The messages of an error and of its causes, on one line."""
    messages = []
    while error:
        messages.append(" ".join(str(error).split()))
        error = error.__cause__
    return ": ".join(filter(None, messages))


def _mend_rwlock(repo: Any) -> None:
    """Deletes .dvc/tmp/rwlock if it is cut: DVC writes it in place, and may have been killed while it did.

    DVC reads and writes it under a lock. What it cannot read there is not being written, so no DVC is using it.
    """
    from dvc import rwlock  # type: ignore[import-untyped]

    try:
        with rwlock._edit_rwlock(repo.tmp_dir, repo.fs, False):
            pass
    except (rwlock.RWLockFileCorruptedError, rwlock.RWLockFileFormatError):
        Path(repo.tmp_dir, rwlock.RWLOCK_FILE).unlink(missing_ok=True)


def _wait_without_delay(repo: Any) -> None:
    """Lets `repo` wait for DVC's lock as long as it takes, and look often: DVC gives up after 3 s, and sleeps 0.5 s."""
    from dvc.lock import Lock, LockError

    class PatientLock(Lock):  # type: ignore[misc]
        def lock(self) -> None:
            while True:
                try:
                    self._do_lock()
                except LockError:
                    time.sleep(0.02)
                else:
                    return

    if type(repo.lock) is Lock:
        repo.lock = PatientLock(repo.lock.lockfile)
