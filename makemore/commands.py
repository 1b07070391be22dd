"""Runs git, and sets the environment in which we start DVC, stages and our own commands."""

import os
import subprocess
import sys
from pathlib import Path

from makemore.core.errors import UserError


def child_environment(*without: str, **more: str) -> dict[str, str]:
    """Our environment, without the variables whose names start with any of `without`, and with `more`.

    Our Python comes first in PATH, because stages call `python`, even if the virtual environment is not activated.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(without)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**inherited, "PATH": path, "DVC_NO_ANALYTICS": "1", **more}


def git(*arguments: str, folder: Path = Path()) -> bytes:
    """What `git ARGUMENTS` prints in `folder`; empty if it fails, or if there is no git."""
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    except FileNotFoundError:
        return b""
    return done.stdout if done.returncode in {0, 1} else b""  # 1: `git diff --no-index` found a difference


def git_must(*arguments: str, folder: Path = Path(), **environment: str) -> str:
    """What `git ARGUMENTS` prints in `folder`, without spaces at the ends; with more environment variables.

    Raises UserError if it fails.
    """
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        problem = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
        raise UserError(f"git {arguments[0]} failed: {problem}")
    return done.stdout.strip()
