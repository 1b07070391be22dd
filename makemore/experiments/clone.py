"""The pipeline in a temporary clone, which shares DVC's cache with the repository: an experiment of DVC.

The clone starts with the tracked files of the working tree as they are, with uncommitted changes. Nothing in the
working tree is touched: the results become a commit under refs/exps, where DVC keeps its experiments, so
`dvc exp show`, `apply`, `push` and `remove` work on them. Stages learn from DVC's variables (DVC_ROOT, DVC_EXP_NAME)
where checkpoints and MLflow's store are and to which experiment they belong, as in an experiment of DVC's own queue.
So a run that was killed or interrupted resumes with the same command.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from makemore.commands import child_environment, clone_of, git, git_must, repository_problem
from makemore.core.errors import Interrupted, UserError, shown
from makemore.core.files import read_bytes, read_json, write_bytes
from makemore.core.layout import REPORT_HTML
from makemore.pipeline.folder import FAILURES
from makemore.pipeline.lock_file import check_no_conflict
from makemore.revisions import Revision

CLONES = Path(".dvc/tmp/experiments")
PAGES = Path("reports/experiments")

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Clone:
    """The clone in `top` for the experiment `name`, which starts from the commit `baseline`.

    folder: that of the project, which may be a subfolder of the repository
    """

    name: str
    baseline: str
    top: Path
    folder: Path

    def repro(self, jobs: int, *options: str, output: int | None = None) -> int:
        """Runs `makemore repro` on our terminal, and returns its exit status.

        jobs: stages at a time
        output: the file descriptor for its standard output, if it is not ours

        Raises Interrupted if it was interrupted. Signals that would end us stop it first.
        """
        command = [sys.executable, "-P", "-m", "makemore.cli", "repro", "report", "track", "--jobs", str(jobs)]
        root = {"DVC_ROOT": str(Path.cwd())}
        environment = child_environment(**root, DVC_EXP_NAME=self.name, DVC_EXP_BASELINE_REV=self.baseline)
        # In a process group of its own, so that Ctrl-C does not reach it a second time: that would kill it.
        process = subprocess.Popen(
            [*command, *options], cwd=self.folder, env=environment, stdout=output, process_group=0
        )
        before = [signal.signal(each, lambda *_: process.send_signal(signal.SIGINT)) for each in _SIGNALS]
        try:
            status = process.wait()
        finally:
            for each, handler in zip(_SIGNALS, before, strict=True):
                signal.signal(each, handler)
        if status == 130:
            raise Interrupted("the same command resumes")
        if status < 0:
            raise UserError(f"`makemore repro` was killed by signal {-status}; the same command resumes")
        return status

    def failures(self) -> dict[str, str]:
        """The stages that failed in the last run, and their messages."""
        path = self.folder / FAILURES
        return dict(read_json(path)) if path.exists() else {}

    def keep(self, message: str) -> Path:
        """Makes the results the experiment `name` of the repository, in place of an earlier one of that name.

        Returns the path of its page. Raises UserError if git fails.
        """
        user = git("config", "user.name").decode().strip() or "makemore"
        email = git("config", "user.email").decode().strip() or "makemore@localhost"
        identity = ("-c", f"user.name={user}", "-c", f"user.email={email}")
        git_must("add", "--all", folder=self.folder)
        commit = ("commit", "--quiet", "--no-verify", "--allow-empty", "-m", message)
        git_must(*identity, *commit, folder=self.folder)
        target = f"+HEAD:refs/exps/{self.baseline[:2]}/{self.baseline[2:]}/{self.name}"
        quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")
        git_must("fetch", *quiet, str(self.top.absolute()), target, GIT_ALLOW_PROTOCOL="file")
        page = PAGES / f"{self.name}.html"
        write_bytes(page, read_bytes(self.folder / REPORT_HTML))
        return page


@contextmanager
def temporary_clone(name: str, subject: str) -> Iterator[Clone]:
    """A clone for the experiment `name`, which is deleted at the end of the block.

    subject: how the message of its commit begins; only an experiment with the same beginning is replaced

    Raises UserError for a bad name or one that another experiment has, without a commit, in an unfinished merge, if git
    or DVC fails, and if another process runs the same experiment here.
    """
    check_name(name)
    if problem := repository_problem():
        raise UserError(f"experiments need git: {problem}")
    existing = Revision.experiment(name, "makemore")
    if existing and not existing.subject.startswith(subject):
        raise UserError(f"the name {name!r} is taken by another experiment; `dvc exp remove {name}` deletes that one")
    baseline = git("rev-parse", "--verify", "--quiet", "HEAD").decode().strip()
    if not baseline:
        raise UserError("experiments start from a commit, and this repository has none: git add --all && git commit")
    check_no_conflict()
    top = CLONES / name
    top.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(top.with_suffix(".lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(f"another process runs the experiment {name!r} here; wait until it ends") from None
    with lock:
        _discard(top)  # a killed run may have left it
        try:
            folder = clone_of(Path.cwd(), top, baseline, _working_tree())
            _fill(Path.cwd(), folder)
            yield Clone(name, baseline, top, folder)
        finally:
            _discard(top)


def check_name(name: str) -> None:
    """Raises UserError if `name` is not one that an experiment can have."""
    if not re.fullmatch(r"[^\W_][\w-]{0,59}", name):
        raise UserError(f"the name {shown(name)} must be 1 to 60 letters, digits, - and _")


def _working_tree() -> str:
    """The id of a git tree with the tracked files of the working tree. The user's index stays as it is."""
    with tempfile.TemporaryDirectory(prefix="makemore-") as scratch:
        index = Path(scratch) / "index"
        shutil.copy(git_must("rev-parse", "--git-path", "index"), index)
        git_must("add", "--update", GIT_INDEX_FILE=str(index))
        return git_must("write-tree", GIT_INDEX_FILE=str(index))


def _fill(root: Path, folder: Path) -> None:
    """Gives the clone the repository's configuration of DVC (.dvc/config.local), its cache, and its outputs."""
    from dvc.config import Config  # type: ignore[import-untyped]
    from dvc.exceptions import DvcException  # type: ignore[import-untyped]
    from dvc.repo import Repo  # type: ignore[import-untyped]

    try:
        with Repo(str(root)) as repo:
            local, cache = repo.config.read("local"), repo.cache.local_cache_dir
        with Config(str(folder / ".dvc")).edit("local") as config:
            config.update(local)
            config["cache"] = {**config.get("cache", {}), "dir": cache}
        with Repo(str(folder)) as repo:
            repo.checkout(allow_missing=True)
    except DvcException as error:
        raise UserError(" ".join(str(error).split())) from None


def _discard(top: Path) -> None:
    """Kills what still runs in the clone, such as a stage whose DVC was killed, and deletes the clone."""
    while running := _processes_in(top):
        for process in running:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(running, timeout=10)
    shutil.rmtree(top, ignore_errors=True)


def _processes_in(top: Path) -> list[psutil.Process]:
    """The processes of an experiment that work in its clone; a shell of the user's is none of them."""
    prefix, found = f"{top.resolve()}{os.sep}", []
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # it has ended, or is another user's
            if f"{process.cwd()}{os.sep}".startswith(prefix) and "DVC_EXP_NAME" in process.environ():
                found.append(process)
    return found
