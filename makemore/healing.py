"""`makemore heal`: repairs the two files that DVC writes in place, which a kill at the wrong moment truncates.

    dvc.lock           written for about 0.2 s after each stage; truncated, it makes every DVC command fail
    .dvc/tmp/rwlock    written for a few ms at the start and end of each stage; truncated, it makes `dvc repro` fail

A file that DVC can read is left alone. `makemore repro` and `make sweep` run this before DVC. `makemore repro` itself
writes dvc.lock atomically (pipeline/lock_file.py), but a `dvc repro` may have been killed before it.
"""

import json
import sys
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from makemore.commands import git
from makemore.core.errors import UserError
from makemore.core.files import os_errors, read_bytes, write_bytes
from makemore.core.layout import LOCK

_TMP = Path(".dvc/tmp")
_RWLOCK = _TMP / "rwlock"


def heal() -> None:
    """Repairs both files in the current folder, the root of the repository, and prints a line for each damaged one.

    Raises UserError if a file cannot be read or replaced, or if a live DVC holds the lock of a damaged rwlock.
    """
    if LOCK.exists() and not _is_lock(content := read_bytes(LOCK)):
        _mend_lock(content)
    if _RWLOCK.exists() and not _is_rwlock(read_bytes(_RWLOCK)):
        _mend_rwlock()


def _mend_lock(damaged: bytes) -> None:
    aside = _TMP / f"{LOCK.name}.damaged"
    write_bytes(aside, damaged)
    committed = git("show", f"HEAD:./{LOCK}")
    if _is_lock(committed):
        write_bytes(LOCK, committed)
        done = "restored the committed one"
    else:
        with os_errors(LOCK, "deleted"):
            LOCK.unlink(missing_ok=True)
        done = "deleted it, since none is committed"
    print(f"warning: {LOCK} was damaged; {done} (what was there: {aside})", file=sys.stderr)


def _mend_rwlock() -> None:
    from dvc.lock import LockError, make_lock  # type: ignore[import-untyped]
    from dvc.rwlock import RWLOCK_LOCK  # type: ignore[import-untyped]

    # Every DVC holds this lock while it rewrites the file. If the file is damaged while we hold it, a kill left it so.
    lock = make_lock(str(_TMP / RWLOCK_LOCK), tmp_dir=str(_TMP))
    try:
        with os_errors(_RWLOCK, "deleted"), lock:
            if not _RWLOCK.exists() or _is_rwlock(read_bytes(_RWLOCK)):
                return
            _RWLOCK.unlink()
    except LockError:
        raise UserError(f"{_RWLOCK}: damaged, but a running DVC uses it; wait until it ends") from None
    print(f"warning: {_RWLOCK} was damaged; deleted it (no DVC was using it)", file=sys.stderr)


def _is_lock(content: bytes) -> bool:
    """Whether `content` is a complete dvc.lock, or one truncated between two entries, which DVC completes.

    Parsing is not enough, because a truncated line can be valid: the leading digits of a hash are a number, on which
    DVC crashes.
    """
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA  # type: ignore[import-untyped]
    from voluptuous import Invalid

    if not content.endswith(b"\n"):
        return False
    try:
        COMPILED_LOCKFILE_SCHEMA(YAML(typ="safe").load(content.decode()))
    except (YAMLError, ValueError, Invalid):
        return False
    return True


def _is_rwlock(content: bytes) -> bool:
    """Whether DVC accepts `content` as .dvc/tmp/rwlock."""
    if content == b"{}":  # the usual content; importing the schema takes longer than everything else here
        return True
    from dvc.rwlock import SCHEMA
    from voluptuous import Invalid

    try:
        SCHEMA(json.loads(content))
    except (ValueError, Invalid):
        return False
    return True
