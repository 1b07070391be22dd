"""`makemore repro --data FILE`: the whole pipeline on your own names, as an experiment of DVC.

It runs in a clone, like an experiment of a sweep, so the committed results in this folder stay what they are. Then
`dvc exp show` lists it, and `dvc exp apply NAME` brings its models and its report here. A run that was killed or
interrupted resumes with the same command: DVC's cache and the checkpoints are those of this folder.
"""

import re
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from makemore.commands import git
from makemore.core.errors import Interrupted, UserError
from makemore.core.files import read_bytes, write_bytes
from makemore.core.layout import REPORT_HTML
from makemore.pipeline.summary import best_variant
from makemore.sweeps import clone
from makemore.sweeps.plan import Experiment, plan_one

CLONES = Path(".dvc/tmp/own")
PAGES = Path("reports/own")


def path_in_clone(data: Path) -> Path:
    """The path of `data` for params.yaml of a clone: relative if git has it, so that it is right on every machine."""
    in_git = git("ls-files", "--", str(data)) and not git("ls-files", "--others", "--", str(data))
    return data if in_git and not data.is_absolute() else data.resolve()


def run_on_own_data(data: Path, changes: dict[str, Any], left_out: Iterable[str], jobs: int) -> int:
    """Runs the pipeline with other parameters, and keeps the results as an experiment named after the file.

    data: the file or folder of names
    changes: values of params.yaml by their dotted keys, such as {"data.max_length": 60}
    left_out: the variants that these names do not allow
    jobs: stages at a time

    Returns the exit status. Raises UserError if git or DVC fails, or if another process runs the same experiment here;
    Interrupted after Ctrl-C.
    """
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", data.name.partition(".")[0]).strip("-_")[:60] or "own"
    settings = [f"{key}={_value(value)}" for key, value in changes.items()]
    plan = plan_one(name, [*settings, *(f"~variants.{variant}" for variant in left_out)])
    folder = CLONES / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.with_suffix(".lock"), timeout=0):
            clone.discard(folder)  # a killed run may have left it
            return _run(plan.baseline, plan.experiments[0], folder, jobs)
    except Timeout:
        raise UserError(f"another process runs the experiment {name!r} here; wait until it ends") from None


def _run(baseline: str, experiment: Experiment, folder: Path, jobs: int) -> int:
    page = PAGES / f"{experiment.name}.html"
    try:
        clone.prepare(experiment, baseline, folder)
        status = _repro(experiment, baseline, folder, jobs)
        if status == 130:
            raise Interrupted("the same command resumes")
        if status:
            return status
        write_bytes(page, read_bytes(folder / REPORT_HTML))
        best, nll = best_variant(folder)
        clone.collect(experiment, baseline, folder, replace=True)
    finally:
        clone.discard(folder)
    print(f"\nbest on dev: {best}, {nll:.4f} nats per symbol\nreport: {page} (open it in a browser)")
    print("the committed results in this folder are unchanged; next:")
    print(f"  dvc exp apply {experiment.name}           # bring these models here: makemore sample {best}")
    print("  git restore . && dvc checkout  # and the committed ones back")
    return 0


def _repro(experiment: Experiment, baseline: str, folder: Path, jobs: int) -> int:
    """Runs `makemore repro` in the clone, on our terminal. Ctrl-C reaches it too, and we wait until it has stopped."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "makemore.cli", "repro", "report", "track", "--jobs", str(jobs)],
        cwd=folder,
        env=clone.environment(experiment, baseline),
    )
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return process.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def _value(value: Any) -> str:
    """A value as Hydra, with which DVC parses settings, reads it."""
    if value is None:
        return "null"
    if isinstance(value, str) and not re.fullmatch(r"[\w./-]+", value):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return str(value)
