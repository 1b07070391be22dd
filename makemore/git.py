"""Runs git: either to read something that may be missing, or to do something that must succeed."""

import os
import subprocess
from pathlib import Path

from makemore.core.errors import UserError


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
