"""Runs the pipeline of a commit again, in a new clone with an empty cache."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from makemore.commands import child_environment, git_must
from makemore.core.errors import UserError
from makemore.core.files import file_md5
from makemore.core.layout import LOCK


def rerun(root: Path, clone: Path, commit: str, committed: dict[str, Any]) -> None:
    """Runs every stage of `commit` up to the report in a new clone at `clone`.

    committed: the stages in the commit's dvc.lock

    Raises UserError if the pipeline fails.
    """
    git_must("clone", "--quiet", "--no-checkout", str(root), str(clone))
    git_must("checkout", "--quiet", "--detach", commit, folder=clone)
    (clone / LOCK).unlink()  # without it, DVC considers every output out of date
    for dependency in committed.get("prepare", {}).get("deps", ()):
        _copy_input(root / dependency["path"], clone / dependency["path"], clone, dependency["md5"])
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "makemore.cli", "repro", "report"],  # -P: our makemore, not the commit's
        cwd=clone,
        env=child_environment("DVC_", "MLFLOW_"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = []
    stages = sum(name != "track" for name in committed)
    with process, tqdm(total=stages, unit="stage", disable=None, file=sys.stderr) as progress:
        for line in process.stdout or ():
            output.append(line)
            stage = line.partition(" ")[0]
            if stage in committed:  # the line of a stage that has ended
                progress.set_description(stage)
                progress.update()
    if process.returncode:
        problem = "".join(output[-1:]).removeprefix("error: ").strip()
        raise UserError(f"verify: the pipeline of {commit[:7]} failed: {problem}")


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
