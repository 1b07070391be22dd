"""The overhead of the pipeline: `dvc repro` with nothing to do, compared with trivial projects, and that of each stage.

There is a trivial project of one stage, and two with as many stages as ours. Their stages copy a file; in one project
they also depend on an entry of our params.yaml. Whatever time these projects take is DVC's own.

The overhead of a stage is the time outside its `run`: starting Python, importing torch and our modules, reading
params.yaml, exiting. The stages run in a temporary copy of the repository.

Needs a repository in which `dvc repro` has nothing to do.
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

from benchmarks.harness import ROOT, environment_without_tracking, medians, table
from makemore.core.params import Params
from stages.__main__ import STAGES, VARIANT_STAGES

ROUNDS = 5
MEASURED = (
    "check",
    "prepare",
    "train count",
    "train gpt",
    "evaluate count",
    "evaluate gpt",
    "sample gpt",
    "prune",
    "report",
)
# `python -m stages` that also prints the seconds in the stage's `run`. The stage must be imported by main itself, after
# the environment for torch is set, so this replaces the function that imports it.
TIMED = """
import importlib, sys, time, types
from stages import __main__ as stages

def import_stage(name):
    stage = importlib.import_module(name)
    def run(*arguments):
        started = time.perf_counter()
        stage.run(*arguments)
        print(time.perf_counter() - started)
    return types.SimpleNamespace(run=run)

stages.importlib = types.SimpleNamespace(import_module=import_stage)
sys.exit(stages.main())
"""


def main(params: Params) -> None:
    if "Data and pipelines are up to date" not in dvc("status", "report", folder=ROOT):
        print("pipeline: skipped: run `dvc repro` first")
        return
    single = [stage for stage in STAGES if stage not in (*VARIANT_STAGES, "track")]
    count = len(VARIANT_STAGES) * len(params.variants) + len(single)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        projects = {
            "one stage": trivial(folder / "one", 1, []),
            f"{count} stages": trivial(folder / "many", count, []),
            f"{count} stages with parameters": trivial(folder / "watching", count, list(params.variants)),
        }
        projects[f"ours, {count} stages"] = ROOT
        unchanged = {case: partial(dvc, "repro", "report", folder=root) for case, root in projects.items()}
        unchanged["ours, with track"] = partial(dvc, "repro", folder=ROOT)
        times = medians(unchanged, ROUNDS)
        table(
            "`dvc repro` with nothing to do",
            ("", "seconds", "relative to one stage"),
            [(case, f"{seconds:.2f}", f"{seconds / times['one stage']:.2f}") for case, seconds in times.items()],
        )
        ignored = shutil.ignore_patterns(".git", ".dvc", ".venv", "mlruns", "mlflow.db*", "tests", "__pycache__")
        shutil.copytree(ROOT, folder / "copy", ignore=ignored)
        table(
            "Overhead of a stage: the time outside its `run`",
            ("stage", "seconds", "overhead, s", "share"),
            [row(stage, folder / "copy") for stage in MEASURED],
        )


def dvc(*arguments: str, folder: Path) -> str:
    """The output of a DVC command in `folder`."""
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
    """Makes a DVC project of `count` stages that copy one file each; the last, named report, depends on all others.

    Each of the others also depends on one of `variants` in our params.yaml, if any are given.
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
    """The median time of a stage, and how much of it is outside its `run`. Trainings run once."""
    whole, work = [], []
    for _ in range(1 if stage.startswith("train") else ROUNDS):
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", TIMED, *stage.split()],
            cwd=folder,
            env=environment_without_tracking(),
            capture_output=True,
            text=True,
            check=True,
        )
        whole.append(time.perf_counter() - started)
        work.append(float(done.stdout.split()[-1]))
    seconds, overhead = statistics.median(whole), statistics.median(whole) - statistics.median(work)
    return [stage, f"{seconds:.2f}", f"{overhead:.2f}", f"{overhead / seconds:.0%}"]
