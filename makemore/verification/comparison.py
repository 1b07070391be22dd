"""Compares the outputs of a rerun with the committed ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from makemore.core.layout import LOCK
from makemore.verification.distance import TOLERANCE, distance
from makemore.verification.outputs import committed_files, damage


@dataclass(frozen=True)
class Verdict:
    """How an output of the rerun compares with the committed one."""

    stage: str
    path: str
    verdict: str  # identical, equal within tolerance, different
    note: str = ""


def compare(root: Path, clone: Path, commit: str, committed: dict[str, Any]) -> Iterator[Verdict]:
    """A verdict on every output, in the order of the stages; those that only the commit has come last.

    committed: the stages in the commit's dvc.lock
    """
    rerun = yaml.safe_load((clone / LOCK).read_text(encoding="utf-8"))["stages"]
    for stage in (*rerun, *(name for name in committed if name not in rerun)):
        new = {out["path"]: out["md5"] for out in rerun.get(stage, {}).get("outs", ())}
        old = {out["path"]: out["md5"] for out in committed.get(stage, {}).get("outs", ())}
        for path in sorted(new.keys() | old.keys()):
            if path not in new or path not in old:
                where = "the rerun" if path in new else "the commit"
                yield Verdict(stage, path, "different", f"only in {where}")
                continue
            if damaged := damage(root, path, old[path]):
                yield Verdict(stage, path, "different", damaged)
            elif new[path] == old[path]:
                yield Verdict(stage, path, "identical")
            else:
                yield _difference(root, clone, commit, Verdict(stage, path, "different"), old[path])


def _difference(root: Path, clone: Path, commit: str, verdict: Verdict, md5: str) -> Verdict:
    """The verdict on an output whose bytes differ from the committed one, whose hash is `md5`."""
    old = committed_files(root, commit, verdict.path, md5)
    path = clone / verdict.path
    new = {file.relative_to(clone).as_posix(): file for file in (sorted(path.rglob("*")) if path.is_dir() else [path])}
    if not old:
        return Verdict(
            verdict.stage, verdict.path, "different", "the committed one is not in the cache; try `dvc pull`"
        )
    if old.keys() != new.keys():
        return Verdict(verdict.stage, verdict.path, "different", "contains other files")
    largest = max(distance(name, old[name], file.read_bytes()) for name, file in new.items())
    close = largest <= TOLERANCE
    note = f"largest difference {largest:.2g}" if largest < float("inf") else "not only numbers differ"
    return Verdict(verdict.stage, verdict.path, "equal within tolerance" if close else "different", note)
