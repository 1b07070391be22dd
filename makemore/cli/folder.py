"""Which folder a command works in, and which files its arguments mean.

Commands work in every folder of a project, as those of git and DVC do. The library works in the root of the project, so
a command that is called in a folder inside goes there first.
"""

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from makemore.cli.parser import Arguments
from makemore.core.errors import UserError
from makemore.core.files import write_bytes
from makemore.core.layout import PARAMS

STDIN = Path("-")
_PIPELINE = "dvc.yaml"
_KEPT = Path(".dvc/tmp/stdin")


def enter_project(arguments: Arguments) -> None:
    """Makes the root of the project the current folder, and the paths in `arguments` relative to it.

    Nothing happens in the root itself, outside a project, and for commands that need none. `arguments.here` becomes the
    folder where the command was called.
    """
    here = arguments.here = Path.cwd()
    if not arguments.in_project or PARAMS.exists() or Path(_PIPELINE).exists():
        return
    for root in here.parents:
        if (root / _PIPELINE).is_file() and (root / ".dvc").is_dir():
            for name, value in vars(arguments).items():
                if isinstance(value, Path) and name != "here":
                    setattr(arguments, name, _moved(value, here, root))
            os.chdir(root)
            return


def as_typed(path: Path, arguments: Arguments) -> str:
    """A path of `arguments`, as it is in the folder where the command was called."""
    return str(_moved(path, Path.cwd(), arguments.here))


def _moved(path: Path, here: Path, root: Path) -> Path:
    """`path`, which is relative to `here`, relative to `root`."""
    return path if path.is_absolute() or path == STDIN else Path(os.path.relpath(here / path, root))


@contextmanager
def names_in(path: Path) -> Iterator[Path]:
    """The file at `path`; for "-" a temporary one with what comes from stdin, which errors call stdin."""
    if path != STDIN:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="makemore-") as scratch:
        file = Path(scratch) / "stdin"
        write_bytes(file, _stdin())
        try:
            yield file
        except UserError as error:
            raise UserError(str(error).replace(str(file), "stdin")) from None


def kept_stdin() -> Path:
    """A file with what comes from stdin. It stays, because the results that are computed from it name it."""
    content = _stdin()
    path = _KEPT / f"stdin-{hashlib.sha256(content).hexdigest()[:8]}.txt"
    write_bytes(path, content)
    return path


def _stdin() -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        raise UserError("-: means the names that are piped in, and there are none")
    return sys.stdin.buffer.read()
