"""Runs the pipeline of a commit again, in a new clone with an empty cache of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

from tqdm import tqdm

from makemore.commands import child_environment, clone_of
from makemore.core.errors import UserError
from makemore.core.files import file_md5, write_text
from makemore.core.layout import LOCK
from makemore.revisions import Revision

# Overrides a cache that is configured globally or for the project: DVC would restore outputs from it that were computed
# before, or invented, and nothing would be recomputed.
CONFIG = "[cache]\n    dir = cache\n"


def rerun(revision: Revision, folder: Path) -> Path:
    """Runs every stage of `revision` up to the report in a new clone in `folder`.

    Returns the folder of the project in it. Raises UserError if the pipeline fails, or if a stage did not run.
    """
    clone = clone_of(revision.root, folder, revision.commit, revision.commit)
    (clone / LOCK).unlink()  # without it, DVC considers every output out of date
    write_text(clone / ".dvc" / "config.local", CONFIG)
    for dependency in revision.stages.get("prepare", {}).get("deps", ()):
        _copy_input(revision.root / dependency["path"], clone / dependency["path"], clone, dependency["md5"])
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "makemore.cli", "repro", "report"],  # -P: our makemore, not the commit's
        cwd=clone,
        env=child_environment("DVC_", "MLFLOW_"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    line, not_run = "", []
    total = sum(name != "track" for name in revision.stages)
    with process, tqdm(total=total, unit="stage", disable=None, file=sys.stderr) as progress:
        for line in process.stdout or ():
            stage, _, outcome = line.partition(" ")
            if stage in revision.stages:  # the line of a stage that has ended
                progress.set_description(stage)
                progress.update()
                if not outcome.strip().startswith("ran"):
                    not_run.append(f"{stage}: {outcome.strip()}")
    if process.returncode:
        problem = line.removeprefix("error: ").strip()
        raise UserError(f"verify: the pipeline of {revision.commit[:7]} failed: {problem}")
    if not_run:
        raise UserError(f"verify: not every stage was computed again, so nothing is proven ({not_run[0]})")
    return clone


def _copy_input(source: Path, target: Path, clone: Path, md5: str) -> None:
    """Copies an input of `prepare` that is not in git, such as the user's own corpus, to the clone."""
    if clone.resolve() not in target.resolve().parents:
        raise UserError(
            f"verify: {source} is outside the repository; move the corpus inside, or import it with `dvc import-url`"
        )
    if target.exists() or "artifacts" in target.relative_to(clone).parts[:1]:
        return
    if not source.is_file() or file_md5(source) != md5:
        raise UserError(
            f"verify: {source} is not the file that this commit was computed from (md5 {md5}); restore that file"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
