"""The whole pipeline with an empty cache: `dvc repro`, which runs one stage at a time, and `makemore repro`.

Each run is a new clone of HEAD without results, in turns. Takes about twenty minutes per round on two slow cores;
ROUNDS=... sets their number.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import ROOT, in_turns, output, seconds, table
from makemore.core.cores import available_cores
from makemore.core.errors import UserError
from makemore.core.layout import LOCK
from makemore.core.params import Params

ROUNDS = int(os.environ.get("ROUNDS", "1"))
SERIAL, PARALLEL = "dvc repro", f"makemore repro --jobs {available_cores()}"
MODULES = {SERIAL: ["dvc", "repro"], PARALLEL: ["makemore.cli", *PARALLEL.split()[1:]]}


def main(_: Params) -> None:
    runs = in_turns(MODULES, measure, ROUNDS)
    if len({lock for measured in runs.values() for _, lock in measured}) > 1:
        raise UserError("dvc.lock is not the same after all runs")
    times = {case: statistics.median(time for time, _ in measured) for case, measured in runs.items()}
    table(
        f"The whole pipeline from an empty cache on {available_cores()} cores",
        ("", "seconds", "times as fast"),
        [(case, f"{time:.0f}", f"{times[SERIAL] / time:.2f}") for case, time in times.items()],
    )


def measure(case: str) -> tuple[float, bytes]:
    """The seconds of a command in a new clone, and the dvc.lock that it writes. Raises UserError if it fails."""
    with tempfile.TemporaryDirectory() as name:
        clone = Path(name) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        (clone / LOCK).unlink()
        shutil.rmtree(clone / "reports")
        time = seconds(lambda: output([sys.executable, "-P", "-m", *MODULES[case]], {}, clone))
        return time, (clone / LOCK).read_bytes()
