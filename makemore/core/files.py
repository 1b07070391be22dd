"""Reads and writes files: atomic writes, and errors that say what to do.

Every output of the pipeline is written by `write_bytes`: to a temporary file next to the target, which is then renamed.
A killed process leaves the old file or the new one, never half of one. Only regular files are read: reading a pipe or a
device could block or never end.
"""

import errno
import hashlib
import json
import math
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from makemore.core.errors import FileError, UserError

# JSON has no infinity; both `float()` in Python and `Number()` in JavaScript read this string.
INFINITY = "Infinity"
_BLOCK = 2**18  # bytes: a single large write takes Linux several times as long as many small ones
_OF_DESKTOPS = {"desktop.ini", "thumbs.db"}  # Windows writes them into folders; macOS has .DS_Store

_REMEDIES = {
    errno.ENOSPC: "free some space on the disk",
    errno.EDQUOT: "free some space on the disk",
    errno.EACCES: "check the permissions of the file and its folder",
    errno.EPERM: "check the permissions of the file and its folder",
    errno.EROFS: "make the disk writable",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EISDIR: "move the folder away that has this name",
    errno.EEXIST: "move the file away that has the name of a folder",
    errno.ENOTDIR: "move the file away that has the name of a folder",
}


def reason(error: OSError) -> str:
    """Why the system refused, and the remedy if there is one, without the path."""
    remedy = _REMEDIES.get(error.errno or 0)
    return f"{error.strerror or error}" + (f"; {remedy}" if remedy else "")


@contextmanager
def os_errors(path: Path, what: str) -> Iterator[None]:
    """Turns an OSError into a FileError: `path` cannot be `what` (such as "written"), why, and the remedy."""
    try:
        yield
    except OSError as error:
        raise FileError(f"{path}: cannot be {what}: {reason(error)}") from None


def write_bytes(path: Path, *content: bytes | memoryview) -> None:
    """Writes all of `content`, in order, to `path` atomically, creating the folder if needed.

    Raises FileError if the system refuses, for example because the disk is full.
    """
    with os_errors(path, "written"):
        _replace(path, content)


def _replace(path: Path, content: Iterable[bytes | memoryview]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path)
    replace_file(path, content, sync=True)


def replace_file(path: Path, content: Iterable[bytes | memoryview], *, sync: bool) -> None:
    """Writes `content` to a temporary file, which then takes the place of `path`. Raises OSError.

    sync: whether it waits for the disk; otherwise a power failure can leave an empty file under the new name
    """
    temporary = temporary_path(path)
    try:
        with temporary.open("wb") as file:
            for view in (memoryview(each) for each in content):
                flat = view.cast("B") if view.nbytes else view  # a view without bytes cannot be cast
                for start in range(0, view.nbytes, _BLOCK):
                    file.write(flat[start : start + _BLOCK])
            if sync:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with suppress(OSError):  # the error that matters is the first one
            temporary.unlink(missing_ok=True)


def temporary_path(path: Path) -> Path:
    """The temporary file that this process writes before it renames it to `path`."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def remove_leftovers(path: Path) -> None:
    """Deletes temporary files of `path` left by killed processes, and SQLite's files next to them."""
    pattern = re.compile(rf"\.{re.escape(path.name)}\.(\d{{1,9}})\.tmp(-journal|-wal|-shm)?")
    for leftover in path.parent.glob(".*.tmp*"):
        match = pattern.fullmatch(leftover.name)
        if match and not _is_running(int(match[1])):
            leftover.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)  # signal 0 only checks that the process exists
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def write_text(path: Path, text: str) -> None:
    """Writes `text` to `path` as UTF-8, with the line endings of `text` on every system."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Writes `value` to `path` as `json_text`, with a newline at the end."""
    write_text(path, f"{json_text(value)}\n")


def json_text(value: Any) -> str:
    """`value` as indented JSON, keys in the order given, infinity as the string "Infinity".

    Raises ValueError for NaN.
    """
    return json.dumps(_replaced(value, math.inf, INFINITY), indent=2, ensure_ascii=False, allow_nan=False)


def check_regular(path: Path) -> None:
    """Raises OSError if `path` is not a readable regular file. Does not open the file."""
    try:
        mode = path.stat().st_mode
    except ValueError as error:  # a NUL character in the path
        raise OSError(errno.EINVAL, str(error), str(path)) from None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    if not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def open_regular(path: Path) -> IO[bytes]:
    """The regular file at `path`, open for reading.

    Raises OSError if it cannot be opened or is a folder, a pipe or a device.
    """
    check_regular(path)
    return path.open("rb")


def files_in(path: Path) -> list[Path]:
    """The file at `path`, or the files in the folder at `path`, by name, without hidden ones and those of a desktop.

    Raises OSError if there are none, or if one of them is not a readable regular file.
    """
    paths = [path]
    if path.is_dir():
        paths = sorted(each for each in path.iterdir() if each.name[0] != "." and each.name.lower() not in _OF_DESKTOPS)
        if not paths:
            raise FileNotFoundError(errno.ENOENT, "a folder without files", str(path))
    for each in paths:
        check_regular(each)
    return paths


def damaged(path: Path, problem: str) -> UserError:
    """The error for a file that is no longer what an earlier stage wrote."""
    return UserError(f"{path}: damaged, {problem}; delete it and run `dvc repro` to create it again")


def read_bytes(path: Path) -> bytes:
    """The content of a file that an earlier stage wrote.

    Raises UserError if it is missing or cannot be read.
    """
    with os_errors(path, "read"):
        try:
            with open_regular(path) as file:
                return file.read()
        except FileNotFoundError:
            raise UserError(f"{path}: no such file; run `dvc repro` to create it") from None


def read_text(path: Path) -> str:
    """The text of a UTF-8 file that an earlier stage wrote.

    Raises UserError if it is missing or damaged.
    """
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError:
        raise damaged(path, "not UTF-8") from None


def read_json(path: Path) -> Any:
    """The value in a JSON file that `write_json` wrote; the string "Infinity" becomes a float again.

    Raises UserError if the file is missing or damaged. core/artifacts.py also checks the shape of the value.
    """
    try:
        return parse_json(read_bytes(path))
    except ValueError:
        raise damaged(path, "not valid JSON") from None


def parse_json(content: bytes) -> Any:
    """The value in the content of a JSON file that `write_json` wrote. Raises ValueError if it is damaged."""
    try:
        return _replaced(json.loads(content.decode(), parse_constant=_refuse_constant), INFINITY, math.inf)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _replaced(value: Any, old: Any, new: Any) -> Any:
    """`value` with every `old` in it replaced, at any depth of dictionaries and lists."""
    if isinstance(value, dict):
        return {key: _replaced(item, old, new) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(item, old, new) for item in value]
    return new if value == old else value


def file_md5(path: Path) -> str:
    """The hash of the file at `path`, as DVC computes it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
