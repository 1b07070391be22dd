"""Corpora of 10 MB, 100 MB and 1 GB: what each stage takes, and how memory and speed depend on the size.

SIZES is a list of megabytes (SIZES=10,100 for a quicker run). The names are made up (many_names.py). The stages run in
a temporary folder, one after the other, with at most 512 MB of memory, or 1 GB to train the n-gram model
(memory_limit.py). The table shows the most memory that was resident, and MB of text per second of wall time; on a busy
machine, the CPU seconds say more. `prepare` is also run with two processes, and a step of the variant gpt is compared
with one on 7,000 of the names.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.harness import ROOT, environment_without_tracking, medians, table
from benchmarks.many_names import write_names
from benchmarks.memory_limit import limited_memory
from makemore.core.files import write_json
from makemore.core.layout import CHECKED, CORPUS, CROISSANT, ESTIMATED, PRUNED
from makemore.core.params import Params
from makemore.corpus.corpus import Corpus
from makemore.corpus.split_names import SplitNames
from makemore.models import gpt
from makemore.preparation.workers import VARIABLE
from makemore.training.loop import Loop

SIZES = [int(size) for size in os.environ.get("SIZES", "10,100,1000").split(",")]
STAGES = (
    *("prepare", "train count", "train ngram", "evaluate count", "evaluate ngram"),
    *("sample count", "sample ngram", "report"),
)
LIMIT = 512 * 2**20
LIMITS = {"train ngram": 2**30}
Variants = dict[str, dict[str, Any]]
VARIANTS: Variants = {"count": {"model": "count", "smoothing": 1}, "ngram": {"model": "ngram", "order": 3}}
STEPS = 100  # of training gpt, whose evaluation would take hours
MEASURE = """
import resource, subprocess, sys
code = subprocess.run([sys.executable, "-m", "stages", *sys.argv[1:]]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)
sys.exit(code)
"""


class Used(NamedTuple):
    """What a stage has used: seconds of wall time and of CPUs, and the megabytes that were resident at most."""

    seconds: float
    cpu: float
    memory: float


def main(params: Params) -> None:
    rows, steps, limits = [], {}, ""
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="makemore-size-") as name:
            folder = Path(name)
            write_names(folder / "names.txt", size)
            prepare_folder(folder, params, VARIANTS)
            text = (folder / "names.txt").stat().st_size / 1e6
            results: dict[str, Used] = {}
            for stage in STAGES:
                results[stage], limits = run(folder, stage)
            results["prepare, 2 processes"], _ = run(folder, "prepare", {VARIABLE: "2"})
            shorter = params.variants["gpt"] | {"steps": STEPS, "eval_every": STEPS}
            prepare_folder(folder, params, {"gpt": shorter})
            results[f"train gpt, {STEPS} steps"], _ = run(folder, "train gpt")
            for stage, (seconds, cpu, memory) in results.items():
                speed = f"{text / seconds:.0f}"
                rows.append((f"{size} MB", stage, f"{seconds:.1f}", f"{cpu:.1f}", speed, f"{memory:.0f}"))
            faster = results["prepare"].seconds / results["prepare, 2 processes"].seconds
            rows.append((f"{size} MB", "times faster with 2 processes", f"{faster:.2f}", "", "", ""))
            steps[f"{size} MB"] = step_ratio(folder, params)
    columns = ("size", "stage", "seconds", "CPU seconds", "MB/s", "MB resident")
    table(f"Stages by the size of the corpus, each limited by {limits}", columns, rows)
    table(
        "A training step of the variant gpt, compared with one on 7,000 names in memory",
        ("size", "ratio"),
        steps.items(),
    )


def prepare_folder(folder: Path, params: Params, variants: Variants) -> None:
    """Makes `folder` a project with the names in names.txt and these variants."""
    values = params.model_dump()
    values["data"] |= {"path": "names.txt", "dev_path": "none.txt"}
    values["variants"] = variants
    write_json(folder / "params.yaml", values)  # JSON is YAML
    (folder / "none.txt").touch()
    for path in (CHECKED, PRUNED, ESTIMATED, CROISSANT):
        (folder / path).parent.mkdir(exist_ok=True)
    for path in (CHECKED, PRUNED, ESTIMATED):
        (folder / path).touch()
    shutil.copy(ROOT / CROISSANT, folder / CROISSANT)  # the report reads it


def run(folder: Path, stage: str, variables: dict[str, str] | None = None) -> tuple[Used, str]:
    """What a stage uses in `folder`, and how its memory is limited."""
    environment = environment_without_tracking() | {"PYTHONPATH": str(ROOT)} | (variables or {})
    started = time.perf_counter()
    with limited_memory(LIMITS.get(stage, LIMIT)) as limit:
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, *stage.split()],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=limit.enter,
            check=True,
        )
    cpu, memory = map(float, done.stdout.split()[-2:])
    return Used(time.perf_counter() - started, cpu, memory), limit.name


def step_ratio(folder: Path, params: Params) -> str:
    """The time of a training step on the corpus in `folder`, divided by that on as many names of it in memory."""
    large = Corpus.load(folder / CORPUS).with_some_dev(1000)
    names = [large.vocabulary.decode(row[1:]) for row in large.names["train"].take(np.arange(7000)).tolist()]
    small = replace(large, names=large.names | {"train": SplitNames.of(names, large.vocabulary)})
    config = gpt.Config.model_validate(params.variants["gpt"] | {"eval_every": 10**9})
    loops = {"large": Loop.start(large, config), "small": Loop.start(small, config)}
    times = medians({name: loop.take_step for name, loop in loops.items()}, rounds=100)
    return f"{times['large'] / times['small']:.2f}"
