"""The whole pipeline with an empty cache: `dvc repro`, which runs one stage at a time, and `makemore repro`.

Each run is a new clone of HEAD without results, in turns; the ratios compare runs of the same round. `makemore repro`
is also run beside one busy process per core, and each command once more with nothing to do. The last line is the bound:
with enough cores, the pipeline takes as long as its longest path, computed from the durations of stages that ran one at
a time.

Takes about forty minutes per round on two slow cores; ROUNDS=... sets their number.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import chdir
from pathlib import Path

from benchmarks.harness import ROOT, busy, environment_without_tracking, table
from makemore.core.layout import LOCK
from makemore.core.params import Params
from makemore.pipeline.durations import expected_durations
from makemore.pipeline.project import Project
from makemore.pipeline.repro import available_cores
from makemore.pipeline.schedule import longest_paths

ROUNDS = int(os.environ.get("ROUNDS", "1"))
CORES = available_cores()
SERIAL = "dvc repro"
ONE = "makemore repro --jobs 1"
ALL = f"makemore repro --jobs {CORES}"
LOADED = ", all cores busy"


def main(_: Params) -> None:
    times: dict[str, list[float]] = {}
    idle: dict[str, list[float]] = {}
    bounds, locks = [], set()
    for number in range(ROUNDS):
        for command, load in ((SERIAL, ""), (ALL, ""), (ONE, ""), (ALL, LOADED)):
            with tempfile.TemporaryDirectory() as name, busy(CORES if load else 0):
                clone = Path(name) / "clone"
                subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
                for path in (LOCK, "reports"):
                    subprocess.run(["rm", "-r", path], cwd=clone, check=True)
                seconds = timed(command, clone)
                times.setdefault(command + load, []).append(seconds)
                print(f"round {number + 1} of {ROUNDS}: {command}{load}: {seconds:.0f} s", file=sys.stderr, flush=True)
                locks.add((clone / LOCK).read_bytes())
                if not load:
                    idle.setdefault(command, []).append(timed(f"{command} report", clone))
                if command == ONE:
                    bounds.append(longest_path(clone))
    if len(locks) > 1:
        sys.exit("error: dvc.lock is not the same after all runs")
    table(
        f"The whole pipeline from an empty cache on {CORES} cores",
        ("", "seconds", f"times as fast as {SERIAL}", "relative to alone", "with nothing to do, s"),
        [row(case, times, idle) for case in times],
    )
    bound = statistics.median(bounds)
    ratio = statistics.median(times[SERIAL]) / bound
    print(f"\nLongest path: {bound:.0f} s; with many cores at most {ratio:.2f} times as fast as {SERIAL}")


def row(case: str, times: dict[str, list[float]], idle: dict[str, list[float]]) -> list[str]:
    """A row of the table: medians, and medians of the ratios within each round."""
    alone = case.removesuffix(LOADED)
    return [
        case,
        f"{statistics.median(times[case]):.0f}",
        f"{ratio(times[SERIAL], times[case]):.2f}" if case == alone else "",
        f"{ratio(times[case], times[alone]):.2f}",
        f"{statistics.median(idle[case]):.1f}" if case in idle else "",
    ]


def ratio(slow: list[float], fast: list[float]) -> float:
    """The median ratio of two cases."""
    return statistics.median(one / other for one, other in zip(slow, fast, strict=True))


def timed(command: str, folder: Path) -> float:
    """The seconds that a command takes in `folder`. Its output is shown if it fails."""
    program, *arguments = command.split()
    module = {"dvc": "dvc", "makemore": "makemore.cli"}[program]
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-P", "-m", module, *arguments],
        cwd=folder,
        env=environment_without_tracking(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - started


def longest_path(clone: Path) -> float:
    """The seconds of the longest path, with the durations that `makemore repro` has remembered in `clone`."""
    with chdir(clone):
        graph = Project([]).graph
        return max(longest_paths(graph, expected_durations(graph)).values())
