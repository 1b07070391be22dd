"""The cost of determinism: a GPT training step with each setting of portable mode, compared with native mode.

Each case runs in its own process, because the libraries read the settings when they load. The settings and their
reasons are in makemore/core/determinism.py.
"""

import os
import statistics

from benchmarks.harness import in_process, in_turns, table
from makemore.core.determinism import PORTABLE
from makemore.core.params import Params

ROUNDS = 5
CASES = {"native": {}, **{f"{name}={value}": {name: value} for name, value in PORTABLE.items()}, "portable": PORTABLE}


def main(_: Params) -> None:
    for name in PORTABLE:
        os.environ.pop(name, None)  # the cases are about these, and native mode sets none of them
    times = in_turns(CASES, lambda case: float(in_process("threads.step", "native", **CASES[case])), ROUNDS)
    medians = {case: statistics.median(measured) for case, measured in times.items()}
    table(
        "A training step of the variant gpt",
        ("setting", "ms per step", "relative to native"),
        [(case, f"{seconds * 1000:.1f}", f"{seconds / medians['native']:.2f}") for case, seconds in medians.items()],
    )
