"""Compares the outputs of a rerun with the committed ones."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from makemore.core.files import read_bytes
from makemore.core.layout import LOCK
from makemore.revisions import Revision, outputs_of, parse_lock
from makemore.verification.distance import TOLERANCE, distance


@dataclass(frozen=True)
class Verdict:
    """How an output of the rerun compares with the committed one."""

    stage: str
    path: str
    verdict: str  # identical, equal within tolerance, different
    note: str = ""


def compare(revision: Revision, clone: Path) -> Iterator[Verdict]:
    """A verdict on every output, in the order of the stages; those of stages that only the commit has come last."""
    rerun, committed = parse_lock(read_bytes(clone / LOCK), str(LOCK)), revision.stages
    for stage in (*rerun, *(name for name in committed if name not in rerun)):
        new, old = (outputs_of({stage: stages.get(stage, {})}) for stages in (rerun, committed))
        for path in sorted(new.keys() | old.keys()):
            if path not in new or path not in old:
                where = "the rerun" if path in new else "the commit"
                yield Verdict(stage, path, "different", f"only in {where}")
            elif damaged := revision.damage(path):
                yield Verdict(stage, path, "different", damaged)
            elif new[path] == old[path]:
                yield Verdict(stage, path, "identical")
            else:
                yield Verdict(stage, path, *_difference(revision, clone, path))


def _difference(revision: Revision, clone: Path, path: str) -> tuple[str, str]:
    """The verdict on an output whose bytes differ from the committed one, and a note."""
    old = revision.files(path)
    if not old:
        return "different", "the committed one is not in the cache; try `dvc pull`"
    files = sorted((clone / path).rglob("*")) if (clone / path).is_dir() else [clone / path]
    new = {file.relative_to(clone).as_posix(): file for file in files}
    if old.keys() != new.keys():
        return "different", "contains other files"
    largest = max(distance(name, old[name], file.read_bytes()) for name, file in new.items())
    note = "not only numbers differ" if math.isinf(largest) else f"largest difference {largest:.2g}"
    return "equal within tolerance" if largest <= TOLERANCE else "different", note
