"""Asks git. An error, or a machine without git, is an empty answer."""

import subprocess
from pathlib import Path


def git(*arguments: str, folder: Path = Path()) -> bytes:
    """What `git ARGUMENTS` prints in `folder`; empty if it fails."""
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    except FileNotFoundError:
        return b""
    return done.stdout if done.returncode in {0, 1} else b""  # 1: `git diff --no-index` found a difference
