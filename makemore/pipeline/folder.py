"""The folder of `makemore repro`, and locks that the kernel releases when their processes die.

A lock is held by an open file (flock), so a killed process leaves none behind; and it is shared by all processes that
inherit the open file, so it is free only when the last of them has ended. Two things are locked:

    lock          one `makemore repro` runs at a time
    STAGE.log     the standard output and error of a running stage, which all its processes inherit
"""

import fcntl
import sys
from pathlib import Path
from typing import IO
from urllib.parse import quote

from makemore.core.files import os_errors

FOLDER = Path(".dvc/tmp/repro")
FAILURES = FOLDER / "failures.json"  # of the last run: the stages that failed, and their messages


def log_path(stage: str) -> Path:
    """The log of a stage: what DVC and the stage print."""
    return FOLDER / f"{quote(stage, safe='@')}.log"


def lock_repro() -> IO[str]:
    """The lock that keeps a second `makemore repro` waiting; it is held until the file is closed.

    A `makemore repro` that was killed may have left stages that are about to end: this waits for them as well.
    """
    with os_errors(FOLDER, "written"):
        FOLDER.mkdir(parents=True, exist_ok=True)
        lock = open_locked(FOLDER / "lock", "another `makemore repro` in this folder")
        for log in sorted(FOLDER.glob("*.log")):
            open_locked(log, f"{log.stem}, which a killed `makemore repro` left running").close()
    return lock


def open_locked(path: Path, holder: str) -> IO[str]:
    """The file at `path`, locked, opened for appending. Says on stderr that it waits for `holder` if it has to."""
    file = path.open("a", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"waiting for {holder}", file=sys.stderr, flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
    return file
