"""The lineage of a run, as tags: the git commit, uncommitted changes, and the DVC experiment."""

import hashlib
import os
from dataclasses import dataclass

from makemore.commands import git

DIFF = "git.diff"  # the hash of the changes
RESULTS = (":!dvc.lock", ":!reports")  # written by the pipeline itself, so changes to them do not count
CODE = ("makemore", "stages")  # folders in which untracked files matter
LARGEST_DIFF = 2**20  # characters


@dataclass(frozen=True)
class Lineage:
    """The tags, and the changes since the commit as a diff (empty if there are none)."""

    tags: dict[str, str]
    changes: str


def lineage() -> Lineage:
    """The lineage of a run that is created now in the current folder."""
    tags = {"mlflow.source.name": "dvc.yaml", "mlflow.source.type": "LOCAL"}
    commit, changes = _git("rev-parse", "HEAD").strip(), ""
    if commit:
        changes = _changes()
        tags |= {"mlflow.source.git.commit": commit, "git.commit": commit, "git.dirty": str(bool(changes)).lower()}
    if changes:
        tags[DIFF] = hashlib.sha256(changes.encode()).hexdigest()
    if experiment := os.environ.get("DVC_EXP_NAME"):
        tags |= {"dvc.experiment": experiment, "dvc.baseline": os.environ.get("DVC_EXP_BASELINE_REV", "")}
    return Lineage(tags, changes)


def _changes() -> str:
    """The diff of tracked files and of untracked code."""
    diff = _git("diff", "HEAD", "--no-color", "--no-ext-diff", "--", ".", *RESULTS)
    untracked = _git("ls-files", "--others", "--exclude-standard", "-z", "--", *CODE).split("\0")
    for name in filter(None, untracked):
        diff += _git("diff", "--no-color", "--no-ext-diff", "--no-index", "/dev/null", name)
    return diff if len(diff) <= LARGEST_DIFF else f"{diff[:LARGEST_DIFF]}\n(truncated: {len(diff)} characters)\n"


def _git(*arguments: str) -> str:
    return git(*arguments).decode(errors="replace")
