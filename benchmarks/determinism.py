"""The cost of determinism: a GPT training step with each setting of portable mode, compared with native mode.

Each case runs in its own process, because the libraries read the settings when they load. The settings and their
reasons are in makemore/core/determinism.py.
"""

import os
import statistics
import subprocess
import sys

from benchmarks.harness import table
from makemore.core.determinism import PORTABLE
from makemore.core.params import Params

ROUNDS = 5
CASES = {"native": {}, **{f"{name}={value}": {name: value} for name, value in PORTABLE.items()}, "portable": PORTABLE}


def main(_: Params) -> None:
    times: dict[str, list[float]] = {case: [] for case in CASES}
    for _round in range(ROUNDS):
        for case, settings in CASES.items():
            environment = {name: value for name, value in os.environ.items() if name not in PORTABLE} | settings
            command = [
                sys.executable,
                "-m",
                "benchmarks",
                "gpt_step",
                "--here",
                "native",
            ]  # sets nothing itself
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            times[case].append(float(done.stdout))
    medians = {case: statistics.median(measured) for case, measured in times.items()}
    table(
        "A training step of the variant gpt",
        ("setting", "ms per step", "relative to native"),
        [(case, f"{seconds * 1000:.1f}", f"{seconds / medians['native']:.2f}") for case, seconds in medians.items()],
    )
