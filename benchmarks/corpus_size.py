"""Corpora of 10 MB, 100 MB and 1 GB: what each stage takes, and how memory and speed depend on the size.

SIZES is a list of megabytes (SIZES=10,100 for a quicker run). The names are made up (many_names.py). The stages run in
a temporary folder, one after the other, and may allocate at most 512 MB (RLIMIT_DATA); training the n-gram model of
order 3 may allocate 1 GB. The table shows the most memory that was resident, and MB of text per second. `prepare` is
also run with two processes, and a step of the variant gpt is compared with one on 7,000 of the names.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.harness import ROOT, environment_without_tracking, medians, table
from benchmarks.many_names import write_names
from makemore.core.corpus import Corpus
from makemore.core.files import write_json
from makemore.core.layout import CHECKED, CORPUS, PRUNED
from makemore.core.params import Params
from makemore.core.rows import Rows
from makemore.models import gpt
from makemore.preparation.workers import VARIABLE
from makemore.training.loop import Loop

SIZES = [int(size) for size in os.environ.get("SIZES", "10,100,1000").split(",")]
STAGES = (
    *("prepare", "train count", "train ngram", "evaluate count", "evaluate ngram"),
    *("sample count", "sample ngram", "report"),
)
# The renderer of the charts reserves much more memory than it uses, so report cannot be limited in this way.
LIMITS = {"": 512 * 2**20, "train ngram": 2**30, "report": resource.RLIM_INFINITY}
VARIANTS = {"count": {"model": "count", "smoothing": 1}, "ngram": {"model": "ngram", "order": 3}}
MEASURE = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "stages", *sys.argv[1:]], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000)
"""


def main(params: Params) -> None:
    rows, steps = [], {}
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="makemore-size-") as name:
            folder = Path(name)
            write_names(folder / "names.txt", size)
            prepare_folder(folder, params)
            text = (folder / "names.txt").stat().st_size / 1e6
            results = {stage: run(folder, stage) for stage in STAGES}
            alone = results["prepare"][0]
            results["prepare, 2 processes"] = run(folder, "prepare", {VARIABLE: "2"})
            rows += [
                (f"{size} MB", stage, f"{seconds:.1f}", f"{text / seconds:.0f}", f"{memory:.0f}")
                for stage, (seconds, memory) in results.items()
            ]
            faster = alone / results["prepare, 2 processes"][0]
            rows.append((f"{size} MB", "times faster with 2 processes", f"{faster:.2f}", "", ""))
            steps[f"{size} MB"] = step_ratio(folder, params)
    table("Stages by the size of the corpus", ("size", "stage", "seconds", "MB/s", "MB resident"), rows)
    table(
        "A training step of the variant gpt, compared with one on 7,000 names in memory",
        ("size", "ratio"),
        steps.items(),
    )


def prepare_folder(folder: Path, params: Params) -> None:
    """Makes `folder` a project with the names in names.txt."""
    values = params.model_dump()
    values["data"] |= {"path": "names.txt", "dev_path": "none.txt"}
    values["variants"] = VARIANTS
    write_json(folder / "params.yaml", values)  # JSON is YAML
    (folder / "none.txt").touch()
    for path in (CHECKED, PRUNED, Path("artifacts/estimated.txt")):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).touch()


def run(folder: Path, stage: str, variables: dict[str, str] | None = None) -> tuple[float, float]:
    """The seconds that a stage takes in `folder`, and the megabytes that were resident at most."""
    limit = LIMITS.get(stage, LIMITS[""])
    environment = environment_without_tracking() | {"PYTHONPATH": str(ROOT)} | (variables or {})
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *stage.split()],
        cwd=folder,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=limited(limit),
    )
    return time.perf_counter() - started, float(done.stdout.split()[-1])


def limited(limit: int) -> Callable[[], None]:
    """A function that limits the memory which its process may allocate."""
    return lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def step_ratio(folder: Path, params: Params) -> str:
    """The time of a training step on the corpus in `folder`, divided by that on as many names of it in memory."""
    large = Corpus.load(folder / CORPUS).with_some_dev(1000)
    names = [large.vocabulary.decode(row[1:]) for row in large.rows["train"].take(np.arange(7000)).tolist()]
    small = replace(large, rows=large.rows | {"train": Rows.of(names, large.vocabulary)})
    config = gpt.Config.model_validate(params.variants["gpt"] | {"eval_every": 10**9})
    loops = {"large": Loop.start(large, config), "small": Loop.start(small, config)}
    times = medians({name: loop.take_step for name, loop in loops.items()}, rounds=100)
    return f"{times['large'] / times['small']:.2f}"
