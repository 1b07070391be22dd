"""Reading and writing files: written whole or not at all, and errors that say what to do.

Every file of the project is written by `write_bytes`, to a temporary name beside the target and then renamed. A process
that is killed leaves the old file or the new one, never half of one.
"""

import hashlib
import json
import math
import os
import re
from pathlib import Path
from typing import Any

from makemore.core.errors import UserError

INFINITY = (
    "Infinity"  # JSON has no number for it; `float()` in Python and `Number()` in JavaScript both read this string
)


def write_bytes(path: Path, content: bytes) -> None:
    """Writes `content` to `path` atomically, creating the folder if needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path)
    temporary = temporary_path(path)
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # without it a power failure can leave an empty file under the new name
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def temporary_path(path: Path) -> Path:
    """Where this process writes a file before it renames it to `path`."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def remove_leftovers(path: Path) -> None:
    """Deletes the temporary files of `path` whose processes were killed, and SQLite's files beside them."""
    pattern = re.compile(rf"\.{re.escape(path.name)}\.(\d{{1,9}})\.tmp(-journal|-wal|-shm)?")
    for leftover in path.parent.glob(".*.tmp*"):
        match = pattern.fullmatch(leftover.name)
        if match and not _is_running(int(match[1])):
            leftover.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)  # signal 0 only checks that the process exists
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def write_text(path: Path, text: str) -> None:
    """Writes `text` to `path` as UTF-8, with the line endings of `text` on every system."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Writes `value` to `path` as indented JSON, keys in the order given, infinity as the string "Infinity".

    Raises ValueError for NaN.
    """
    text = json.dumps(_encode_infinity(value), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, f"{text}\n")


def read_bytes(path: Path) -> bytes:
    """The content of a file that an earlier stage wrote.

    Raises UserError if it is missing.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run `dvc repro` to create it") from None


def read_text(path: Path) -> str:
    """The text of a UTF-8 file that an earlier stage wrote.

    Raises UserError if it is missing.
    """
    return read_bytes(path).decode()


def read_json(path: Path) -> Any:
    """The value in a JSON file that `write_json` wrote; the string "Infinity" becomes a float again.

    Raises UserError if the file is missing or damaged.
    """
    try:
        return _decode_infinity(json.loads(read_text(path)))
    except ValueError:
        raise UserError(f"{path}: damaged, not valid JSON; delete it and run `dvc repro` to create it again") from None


def _encode_infinity(value: Any) -> Any:
    return _replaced(value, math.inf, INFINITY)


def _decode_infinity(value: Any) -> Any:
    return _replaced(value, INFINITY, math.inf)


def _replaced(value: Any, old: Any, new: Any) -> Any:
    """`value` with every `old` in it replaced, at any depth of dictionaries and lists."""
    if isinstance(value, dict):
        return {key: _replaced(item, old, new) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(item, old, new) for item in value]
    return new if value == old else value


def file_md5(path: Path) -> str:
    """The hash of the file at `path`, as DVC computes it."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
