"""The pipeline's own cost: `dvc repro` when nothing has changed, and what of each stage's time is not its work.

An unchanged `dvc repro`, with `track` and without, is compared with that of a project of one stage, and of two with as
many stages as ours, which copy a file each and watch an entry of our params.yaml, or nothing: so much of the difference
is DVC's. Of a stage, what is not its work is what passes before its `run` is called, and after: the interpreter, torch,
our own modules, params.yaml.

Wants a repository in which `dvc repro` has run. The stages are run in a temporary copy.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.harness import ROOT, medians, table
from makemore.params import Params

ROUNDS = 5
STAGES = ("check", "prepare", "train count", "train gpt", "evaluate count", "evaluate gpt", "sample gpt", "report")
TIMED = """
import sys, time
from stages import __main__ as stages
import importlib
import_module = importlib.import_module
def timed(name, package=None):
    module = import_module(name, package)
    if not name.startswith("stages."):
        return module
    run = module.run
    def measured(*arguments):
        started = time.perf_counter()
        run(*arguments)
        print(time.perf_counter() - started)
    module.run = measured
    return module
importlib.import_module = timed
sys.exit(stages.main())
"""


def main(params: Params) -> None:
    stages = len(params.variants) * 3 + 3  # check, prepare, report
    if "Data and pipelines are up to date" not in dvc("status", "report", folder=ROOT):
        print("pipeline: skipped: run `dvc repro` first")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        projects = {
            "one stage": trivial(folder / "one", 1, []),
            f"{stages} stages": trivial(folder / "many", stages, []),
            f"{stages} stages with parameters": trivial(folder / "watching", stages, list(params.variants)),
        }
        projects[f"ours, {stages} stages"] = ROOT
        unchanged = {case: partial(dvc, "repro", "report", folder=root) for case, root in projects.items()}
        unchanged["ours, with track"] = partial(dvc, "repro", folder=ROOT)
        times = medians(unchanged, ROUNDS)
        table(
            "`dvc repro` with nothing to do",
            ("", "seconds", "times one stage"),
            [(case, f"{seconds:.2f}", f"{seconds / times['one stage']:.2f}") for case, seconds in times.items()],
        )
        kept = shutil.ignore_patterns(".git", ".dvc", ".venv", "mlruns", "mlflow.db*", "tests", "__pycache__")
        shutil.copytree(ROOT, folder / "copy", ignore=kept)
        table(
            "What of a stage's time is not its work",
            ("stage", "seconds", "not its work", "share"),
            [row(stage, folder / "copy") for stage in STAGES],
        )


def dvc(*arguments: str, folder: Path) -> str:
    """What a DVC command in `folder` prints."""
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def trivial(folder: Path, count: int, variants: list[str]) -> Path:
    """A DVC project of `count` stages that copy one file each; the last one, named report, waits for all others.

    Each of the others watches one of `variants` in our params.yaml, if there are any.
    """
    folder.mkdir()
    names = [f"copy{number}" for number in range(1, count)]
    stages = []
    for number, name in enumerate(names):
        watched = f"    params: [variants.{variants[number % len(variants)]}]\n" if variants else ""
        stages.append(f"  {name}:\n    cmd: cp a {name}\n    deps: [a]\n{watched}    outs: [{name}]\n")
    stages.append(f"  report:\n    cmd: cp a report\n    deps: [{', '.join(['a', *names])}]\n    outs: [report]\n")
    (folder / "a").write_text("a\n", encoding="utf-8")
    (folder / "dvc.yaml").write_text(f"stages:\n{''.join(stages)}", encoding="utf-8")
    shutil.copy(ROOT / "params.yaml", folder)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    dvc("init", "--quiet", folder=folder)
    dvc("repro", "--quiet", folder=folder)
    return folder


def row(stage: str, folder: Path) -> list[str]:
    """The time of a stage, and what of it passes outside of its `run`."""
    whole, work = [], []
    for _ in range(1 if stage.startswith("train") else ROUNDS):
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", TIMED, *stage.split()], cwd=folder, capture_output=True, text=True, check=True
        )
        whole.append(time.perf_counter() - started)
        work.append(float(done.stdout.split()[-1]))
    seconds, other = statistics.median(whole), statistics.median(whole) - statistics.median(work)
    return [stage, f"{seconds:.2f}", f"{other:.2f}", f"{other / seconds:.0%}"]
