"""A temporary folder that lives as long as a model needs it."""

import os
import shutil
import tempfile
import weakref
from pathlib import Path


class Scratch:
    """The folder `path`. It is deleted when this object is, or when the process ends.

    A copy, in a process that was forked or by pickle, deletes nothing.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="makemore-"))
        weakref.finalize(self, _delete, self.path, os.getpid())


def _delete(path: Path, process: int) -> None:
    if os.getpid() == process:
        shutil.rmtree(path, ignore_errors=True)
