"""`makemore heal`: mends the two files that DVC writes in place, and that a kill at the wrong moment leaves cut.

    dvc.lock           about 0.2 seconds after each stage; cut, every DVC command fails
    .dvc/tmp/rwlock    a few milliseconds at the start and the end of each stage; cut, `dvc repro` fails

Both are replaced only if DVC could not read them. `make repro` and `make sweep` run this before DVC.
"""

import json
import sys
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from makemore.core.errors import UserError
from makemore.core.files import os_errors, read_bytes, write_bytes
from makemore.core.layout import LOCK
from makemore.git import git

_TMP = Path(".dvc/tmp")
_RWLOCK = _TMP / "rwlock"


def heal() -> None:
    """Mends both files in the current folder, the root of the repository, with a line for each that was damaged.

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

    # Every DVC holds this lock while it rewrites the file: what is still damaged under it was left by a kill.
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
    """Whether `content` is a whole dvc.lock, or one that is cut between two entries, which DVC completes.

    A line that is cut can be valid: the digits at the start of a hash are a number, and DVC crashes.
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
    if content == b"{}":  # as the last DVC that ended leaves it; importing the schema takes longer than all the rest
        return True
    from dvc.rwlock import SCHEMA
    from voluptuous import Invalid

    try:
        SCHEMA(json.loads(content))
    except (ValueError, Invalid):
        return False
    return True
