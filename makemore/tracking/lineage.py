"""Where a run comes from: the git commit, what was changed since, and the DVC experiment, as tags."""

import os
import re
import subprocess
from dataclasses import dataclass

RESULTS = (":!dvc.lock", ":!reports")  # what the pipeline itself has just written makes no code or data dirty
CODE = ("makemore", "stages")  # where a file that git does not know matters
LARGEST_DIFF = 2**20  # characters


@dataclass(frozen=True)
class Origin:
    """Tags, and the changes since the commit as a diff, empty where there are none."""

    tags: dict[str, str]
    changes: str


def origin() -> Origin:
    """Where a run that is made now, in this folder, comes from."""
    tags = {"mlflow.source.name": "dvc.yaml", "mlflow.source.type": "LOCAL"}
    commit, changes = _git("rev-parse", "HEAD").strip(), ""
    if commit:
        changes = _changes()
        tags |= {"mlflow.source.git.commit": commit, "git.commit": commit, "git.dirty": str(bool(changes)).lower()}
    if experiment := os.environ.get("DVC_EXP_NAME"):
        tags |= {"dvc.experiment": experiment, "dvc.baseline": os.environ.get("DVC_EXP_BASELINE_REV", "")}
    return Origin(tags, changes)


def _changes() -> str:
    """The diff of the files that git knows, and of those among the code that it does not know yet."""
    diff = _git("diff", "HEAD", "--no-color", "--no-ext-diff", "--", ".", *RESULTS)
    new = _git("ls-files", "--others", "--exclude-standard", "-z", "--", *CODE).split("\0")
    diff += "".join(
        _git("diff", "--no-color", "--no-ext-diff", "--no-index", "/dev/null", name) for name in new if name
    )
    return diff if len(diff) <= LARGEST_DIFF else f"{diff[:LARGEST_DIFF]}\n(cut: {len(diff)} characters)\n"


def sweep_of(experiment: str, baseline: str) -> str:
    """What an experiment stands under: its sweep (DVC numbers those of one: NAME-1, NAME-2), or its commit."""
    found = re.fullmatch(r"(.+)-\d+", experiment)
    return found[1] if found else f"experiments of {baseline[:7]}"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, errors="replace", check=False)
    return done.stdout if done.returncode in {0, 1} else ""  # 1: `git diff --no-index` found a difference
