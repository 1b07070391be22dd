"""Limits the memory of a process and its children: with a control group of Linux, or else RLIMIT_DATA.

A control group counts the memory that is in use, the cache of files included, which Linux takes away before it kills.
Making one usually needs root. RLIMIT_DATA counts what is allocated, used or not.
"""

import errno
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

CONTROL_GROUPS = (  # of both versions of the interface: a folder, and the file with the limit in each group
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
    (Path("/sys/fs/cgroup"), "memory.max"),
)


class Limit(NamedTuple):
    """A limit. enter: what a process calls to be limited; name: what it is."""

    enter: Callable[[], object]
    name: str


@contextmanager
def limited_memory(limit: int) -> Iterator[Limit]:
    """A limit of this many bytes."""
    for parent, file in CONTROL_GROUPS:
        group = parent / f"makemore-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if (group / file).exists():
                (group / file).write_text(str(limit), encoding="ascii")
                itself = partial((group / "cgroup.procs").write_text, "0", encoding="ascii")
                yield Limit(itself, "a control group")
                return
        finally:
            _remove(group)
    yield Limit(partial(resource.setrlimit, resource.RLIMIT_DATA, (limit, limit)), "RLIMIT_DATA")


def _remove(group: Path) -> None:
    """Removes a control group, and kills what a process has left in it."""
    while True:
        for process in (group / "cgroup.procs").read_text(encoding="ascii").split():
            with suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)
        try:
            group.rmdir()
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            time.sleep(0.1)
        else:
            return
