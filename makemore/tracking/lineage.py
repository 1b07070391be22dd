"""The origin of a run, as tags: the git commit, uncommitted changes, and the DVC experiment.

The changes are an artifact of the run. Its upload may fail, and by the retry the changes may be gone, so they are also
kept for a while in a local file, named after the hash in the run's tag.
"""

import hashlib
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from makemore.commands import git
from makemore.core.files import read_text, write_text
from makemore.core.layout import JOURNALS, main_repository

DIFF = "git.diff"  # the hash of the changes, or LOST
LOST = "lost"
DAYS_KEPT = 30

RESULTS = (":!dvc.lock", ":!reports")  # written by the pipeline itself, so changes to them do not count
CODE = ("makemore", "stages")  # folders in which untracked files matter
LARGEST_DIFF = 2**20  # characters


@dataclass(frozen=True)
class Origin:
    """The tags, and the changes since the commit as a diff (empty if there are none)."""

    tags: dict[str, str]
    changes: str


def origin() -> Origin:
    """The origin of a run that is created now in the current folder."""
    tags = {"mlflow.source.name": "dvc.yaml", "mlflow.source.type": "LOCAL"}
    commit, changes = _git("rev-parse", "HEAD").strip(), ""
    if commit:
        changes = _changes()
        tags |= {"mlflow.source.git.commit": commit, "git.commit": commit, "git.dirty": str(bool(changes)).lower()}
    if changes:
        tags[DIFF] = _hash(changes)
    if experiment := os.environ.get("DVC_EXP_NAME"):
        tags |= {"dvc.experiment": experiment, "dvc.baseline": os.environ.get("DVC_EXP_BASELINE_REV", "")}
    return Origin(tags, changes)


def keep_changes(changes: str) -> None:
    """Keeps a diff for `kept_changes`, and deletes those that have not been written for a month."""
    path = _kept(_hash(changes))
    write_text(path, changes)
    for other in path.parent.glob("*.diff"):
        if time.time() - other.stat().st_mtime > DAYS_KEPT * 24 * 3600:
            other.unlink(missing_ok=True)


def kept_changes(digest: str) -> str | None:
    """The diff with this hash, from its file or, if they are the same, the current changes; None if it is gone."""
    path = _kept(digest)
    for changes in (read_text(path) if path.is_file() else "", origin().changes):
        if changes and _hash(changes) == digest:
            return changes
    return None


def _kept(digest: str) -> Path:
    return main_repository() / JOURNALS / f"{digest}.diff"


def _hash(changes: str) -> str:
    return hashlib.sha256(changes.encode()).hexdigest()


def _changes() -> str:
    """The diff of tracked files and of untracked code."""
    diff = _git("diff", "HEAD", "--no-color", "--no-ext-diff", "--", ".", *RESULTS)
    untracked = _git("ls-files", "--others", "--exclude-standard", "-z", "--", *CODE).split("\0")
    for name in filter(None, untracked):
        diff += _git("diff", "--no-color", "--no-ext-diff", "--no-index", "/dev/null", name)
    return diff if len(diff) <= LARGEST_DIFF else f"{diff[:LARGEST_DIFF]}\n(truncated: {len(diff)} characters)\n"


def sweep_of(experiment: str, baseline: str) -> str:
    """The group of an experiment: its sweep, whose experiments DVC names NAME-1, NAME-2, ..., or its commit."""
    numbered = re.fullmatch(r"(.+)-\d+", experiment)
    return numbered[1] if numbered else f"experiments of {baseline[:7]}"


def _git(*arguments: str) -> str:
    return git(*arguments).decode(errors="replace")
