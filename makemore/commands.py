"""Runs git, and sets the environment in which we start DVC, stages and our own commands.

The repository of a command is that of its folder. A hook of git sets variables that say otherwise (GIT_DIR,
GIT_INDEX_FILE): a command for a temporary clone would change the user's repository instead.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from makemore.core.errors import UserError
from makemore.core.files import write_text

# What `git -c` sets, such as safe.directory. It is meant for the repository of the current folder, and only for that.
_SETTINGS = {"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"}


def child_environment(*without: str, **more: str) -> dict[str, str]:
    """Our environment, without the variables whose names start with any of `without`, and with `more`.

    It says nothing about git's repository either. Our Python comes first in PATH, because stages call `python`, even if
    the virtual environment is not activated.
    """
    inherited = {name: value for name, value in _without_repository().items() if not name.startswith(without)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**inherited, "PATH": path, "DVC_NO_ANALYTICS": "1", **more}


def git(*arguments: str, folder: Path = Path()) -> bytes:
    """What `git ARGUMENTS` prints in `folder` of the user's repository; empty if it fails, or if there is no git."""
    try:
        environment = _without_repository(_SETTINGS)
        done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, check=False)
    except FileNotFoundError:
        return b""
    return done.stdout if done.returncode in {0, 1} else b""  # 1: `git diff --no-index` found a difference


def git_must(*arguments: str, folder: Path | None = None, **environment: str) -> str:
    """What `git ARGUMENTS` prints, without spaces at the ends; with more environment variables.

    folder: of a repository of our own, such as a temporary clone; None: the current folder of the user's

    Raises UserError, with the reason that git gives, if it fails.
    """
    inherited = _without_repository(_SETTINGS if folder is None else set())
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env={**inherited, "LC_ALL": "C", **environment},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise UserError("git is not installed") from None
    if done.returncode:
        problem = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
        raise UserError(f"git {arguments[0]} failed: {problem.removeprefix('fatal: ')}")
    return done.stdout.strip()


def clone_of(root: Path, folder: Path, commit: str, tree: str) -> Path:
    """Makes a clone in `folder` with `commit` as its HEAD and the files of `tree`, a commit or a tree.

    root: the folder of the project in the user's repository

    Returns the folder of the project in the clone. Raises UserError if git fails.

    The clone borrows the objects of the repository. Unlike `git clone`, this works for a shallow repository, and
    whatever protocol.file.allow is; line ends stay as they are in git, and no hook or template of the user's is used.
    """
    places = [root / _where(root, name) for name in ("objects", "shallow")]
    git_must("init", "--quiet", "--template=", str(folder.absolute()), folder=root)
    own = folder / ".git"
    write_text(own / "objects/info/alternates", f"{places[0].resolve()}\n")
    if places[1].exists():
        shutil.copy(places[1], own)
    for key, value in {"core.autocrlf": "false", "core.hooksPath": os.devnull, "commit.gpgSign": "false"}.items():
        git_must("config", key, value, folder=folder)
    git_must("update-ref", "--no-deref", "HEAD", commit, folder=folder)
    git_must("read-tree", "--reset", "-u", tree, folder=folder)
    return folder / git("rev-parse", "--show-prefix", folder=root).decode().removesuffix("\n")


def _where(root: Path, name: str) -> str:
    """The path of a file or folder of git, relative to `root`."""
    return git("rev-parse", "--git-path", name, folder=root).decode().removesuffix("\n")


def repository_problem() -> str:
    """Why git cannot use the repository of the current folder, and what to do; empty if it can."""
    try:
        git_must("rev-parse", "--git-dir")
    except UserError as error:
        problem = str(error)
        if "not a git repository" not in problem:
            return problem
        made = "git init && git add --all && git commit -m Start"
        return f"this folder is not in a git repository; clone one, or make one of a downloaded folder: {made}"
    return ""


def _without_repository(kept: set[str] | None = None) -> dict[str, str]:
    """Our environment, without the variables that say which repository git should use, except those in `kept`."""
    dropped = _repository_variables() - (kept or set())
    return {name: value for name, value in os.environ.items() if name not in dropped}


@cache
def _repository_variables() -> frozenset[str]:
    """The names of those variables; empty without git."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--local-env-vars"], env=clean, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return frozenset()
    return frozenset(done.stdout.split())
