"""Files that are written whole or not at all, and read with errors that say what to do.

Every file of the project is written through `write_bytes`: to a temporary name beside its place, then renamed. A run
that is killed leaves the old file or the new one, never half of one.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from makemore.errors import UserError


def write_bytes(path: Path, content: bytes) -> None:
    """Puts `content` at `path`, making its folder where needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        if not _is_running(int(left.name.split(".")[-2])):
            left.unlink(missing_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # without it a power loss can leave the new name on an empty file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)  # sends nothing
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def write_text(path: Path, text: str) -> None:
    """Puts `text` at `path`: UTF-8, and line ends as they stand in `text`, on every system."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Puts `value` at `path` as indented JSON, keys in the order given.

    Raises ValueError for NaN and infinity, which JSON does not have.
    """
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_bytes(path: Path) -> bytes:
    """The content of a file that an earlier stage wrote.

    Raises UserError where it is missing.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; `dvc repro` makes it") from None


def read_text(path: Path) -> str:
    """The text of a UTF-8 file that an earlier stage wrote.

    Raises UserError where it is missing.
    """
    return read_bytes(path).decode()


def read_json(path: Path) -> Any:
    """The value in a JSON file that an earlier stage wrote.

    Raises UserError where it is missing or damaged.
    """
    try:
        return json.loads(read_text(path))
    except ValueError:
        raise UserError(f"{path}: damaged, not JSON; delete it, and `dvc repro` makes it again") from None


def file_md5(path: Path) -> str:
    """The hash by which DVC knows the file at `path`."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
