"""Corpora of 10 MB, 100 MB and 1 GB: what each stage takes, and how memory and speed depend on the size.

SIZES is a list of megabytes (SIZES=10,100 for a quicker run). The names are made up (many_names.py). The stages run in
a temporary folder, one after the other, with at most 512 MB of memory, or 1 GB to train the n-gram model
(memory_limit.py). On a busy machine, the CPU seconds say more than the wall time. A step of the variant gpt is compared
with one on 7,000 of the names.
"""

import os
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.harness import ROOT, gpt_config, medians, output, table
from benchmarks.many_names import write_names
from benchmarks.memory_limit import limited_memory
from makemore.core.files import write_json
from makemore.core.layout import CHECKED, CORPUS, CROISSANT, PRUNED
from makemore.core.params import Params
from makemore.corpus.corpus import Corpus
from makemore.corpus.split_names import SplitNames
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
    """What a stage has used: seconds of wall time and of CPUs, and the most megabytes resident; how it was limited."""

    wall: float
    cpu: float
    memory: float
    limit: str


def main(params: Params) -> None:
    rows, steps, limits = [], {}, set()
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="makemore-size-") as name:
            folder = Path(name)
            write_names(folder / "names.txt", size)
            prepare_folder(folder, params, VARIANTS)
            results = {stage: run(folder, stage) for stage in STAGES}
            shorter = params.variants["gpt"] | {"steps": STEPS, "eval_every": STEPS, "smoothing": 0.0}
            prepare_folder(folder, params, {"gpt": shorter})
            results[f"train gpt, {STEPS} steps"] = run(folder, "train gpt")
            limits |= {used.limit for used in results.values()}
            for stage, (wall, cpu, memory, _limit) in results.items():
                rows.append((f"{size} MB", stage, f"{wall:.1f}", f"{cpu:.1f}", f"{memory:.0f}"))
            steps[f"{size} MB"] = step_ratio(folder, params)
    columns = ("size", "stage", "seconds", "CPU seconds", "MB resident")
    table(f"Stages by the size of the corpus, each limited by {', '.join(limits)}", columns, rows)
    title = "A training step of the variant gpt, compared with one on 7,000 names in memory"
    table(title, ("size", "ratio"), steps.items())


def prepare_folder(folder: Path, params: Params, variants: Variants) -> None:
    """Makes `folder` a project with the names in names.txt and these variants."""
    values = params.model_dump()
    values["data"] |= {"path": "names.txt", "dev_path": "none.txt"}
    values["variants"], values["ensembles"] = variants, {}
    write_json(folder / "params.yaml", values)  # JSON is YAML
    (folder / "none.txt").touch()
    for path in (CHECKED, PRUNED, CROISSANT):
        (folder / path).parent.mkdir(exist_ok=True)
    for path in (CHECKED, PRUNED):
        (folder / path).touch()
    shutil.copy(ROOT / CROISSANT, folder / CROISSANT)  # the report reads it


def run(folder: Path, stage: str) -> Used:
    """What a stage uses in `folder`."""
    started = time.perf_counter()
    with limited_memory(LIMITS.get(stage, LIMIT)) as limit:
        arguments = [sys.executable, "-c", MEASURE, *stage.split()]
        printed = output(arguments, {"PYTHONPATH": str(ROOT)}, folder, limit.enter)
        wall = time.perf_counter() - started
    cpu, memory = map(float, printed.split()[-2:])
    return Used(wall, cpu, memory, limit.name)


def step_ratio(folder: Path, params: Params) -> str:
    """The time of a training step on the corpus in `folder`, divided by that on as many names of it in memory."""
    large = Corpus.load(folder / CORPUS).with_some_dev(1000)
    names = [large.vocabulary.decode(row[1:]) for row in large.names["train"].take(np.arange(7000)).tolist()]
    small = replace(large, names=large.names | {"train": SplitNames.of(names, large.vocabulary)})
    config = gpt_config(params)
    loops = {"large": Loop.start(large, config), "small": Loop.start(small, config)}
    times = medians({name: loop.take_step for name, loop in loops.items()}, rounds=100)
    return f"{times['large'] / times['small']:.2f}"
