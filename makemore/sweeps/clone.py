"""One experiment of a sweep: `dvc repro` in a clone of its own, which shares DVC's cache with the repository.

Nothing in the user's working tree is touched, and experiments share no lock, so they cannot wait for each other or be
damaged by a kill. Stages learn from DVC's variables (DVC_ROOT, DVC_EXP_NAME) where checkpoints and MLflow's store are
and to which experiment they belong, as in an experiment of DVC's own queue.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from makemore.commands import child_environment, git, git_must
from makemore.core.errors import UserError
from makemore.sweeps.plan import Experiment, experiment_ref

_ERROR = re.compile(r"(?:error|ERROR): (.*)")


def prepare(experiment: Experiment, baseline: str, clone: Path) -> None:
    """Creates the clone: HEAD is the commit `baseline`, the files are those of the experiment.

    Raises UserError if git fails, or if DVC cannot read its configuration.
    """
    root = Path.cwd()
    git_must("clone", "--quiet", "--shared", "--no-checkout", str(root), str(clone))
    git_must("update-ref", "--no-deref", "HEAD", baseline, folder=clone)
    git_must("read-tree", "--reset", "-u", experiment.tree, folder=clone)
    _share_cache(root, clone)


def _share_cache(root: Path, clone: Path) -> None:
    """Gives the clone the repository's own configuration of DVC (.dvc/config.local) and its cache."""
    from dvc.config import Config  # type: ignore[import-untyped]
    from dvc.exceptions import DvcException  # type: ignore[import-untyped]
    from dvc.repo import Repo  # type: ignore[import-untyped]

    try:
        with Repo(str(root)) as repo:
            local, cache = repo.config.read("local"), repo.cache.local_cache_dir
        with Config(str(clone / ".dvc")).edit("local") as config:
            config.update(local)
            config["cache"] = {**config.get("cache", {}), "dir": cache}
    except DvcException as error:
        raise UserError(" ".join(str(error).split())) from None


def start(experiment: Experiment, baseline: str, clone: Path, log: Path) -> "subprocess.Popen[bytes]":
    """Starts the pipeline in the clone, in a process group of its own, with its output in the file `log`."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "dvc", "repro"],
            cwd=clone,
            env=environment(experiment, baseline),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def environment(experiment: Experiment, baseline: str) -> dict[str, str]:
    """The environment in which the pipeline of an experiment runs."""
    return child_environment(DVC_ROOT=str(Path.cwd()), DVC_EXP_NAME=experiment.name, DVC_EXP_BASELINE_REV=baseline)


def collect(experiment: Experiment, baseline: str, clone: Path, replace: bool = False) -> None:
    """Commits what the pipeline has written, as the experiment of that name in the repository.

    replace: whether earlier results of that name may be replaced

    Raises UserError if git fails.
    """
    name = git("config", "user.name").decode().strip() or "makemore"
    email = git("config", "user.email").decode().strip() or "makemore@localhost"
    identity = ("-c", f"user.name={name}", "-c", f"user.email={email}", "-c", "commit.gpgsign=false")
    git_must("add", "--all", folder=clone)
    git_must(*identity, "commit", "--quiet", "--no-verify", "--allow-empty", "-m", str(experiment), folder=clone)
    target = f"{'+' if replace else ''}HEAD:{experiment_ref(baseline, experiment.name)}"
    git_must("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", str(clone), target)


def error_in(log: Path, status: int) -> str:
    """Why the pipeline failed, in one line: the last stage's own error, or else that of DVC, or else its status."""
    last_stage = log.read_text(encoding="utf-8", errors="replace").rpartition("\nRunning stage ")[2]
    if found := _ERROR.search(last_stage):
        return found[1]
    if status < 0:
        return f"dvc was killed by {signal.Signals(-status).name}"
    return f"dvc ended with exit status {status}"


def warnings_in(log: Path) -> list[str]:
    """The warnings of the stages, such as that MLflow is not up to date."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return list(dict.fromkeys(line for line in lines if line.startswith("warning: ")))


def discard(clone: Path) -> None:
    """Kills what still runs in the clone, such as a stage whose DVC was killed, and deletes the clone."""
    while running := _processes_in(clone):
        for process in running:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(running, timeout=10)
    shutil.rmtree(clone, ignore_errors=True)


def _processes_in(clone: Path) -> list[psutil.Process]:
    """The processes of an experiment that work in its clone; a shell of the user's is none of them."""
    prefix, found = f"{clone.resolve()}{os.sep}", []
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # it has ended, or is another user's
            if f"{process.cwd()}{os.sep}".startswith(prefix) and "DVC_EXP_NAME" in process.environ():
                found.append(process)
    return found
