"""Threads and how they wait: a step of the variant gpt alone, beside the same training, and beside busy processes.

Waiting threads spin by default; `passive` is OMP_WAIT_POLICY=PASSIVE, which makemore/core/determinism.py sets. Each
training runs in its own process (gpt_step.py), and the cases take turns.
"""

import os
import shlex
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from benchmarks.harness import ROOT, busy, environment_without_tracking, table
from makemore.core.params import Params
from makemore.pipeline.repro import available_cores

ROUNDS = 3
CORES = available_cores()
CASES = {"1": (1, "PASSIVE"), "2, spinning": (2, "ACTIVE"), "2, passive": (2, "PASSIVE")}  # threads, wait policy
LOADS = ("alone", "beside the same training", "beside busy processes")


def main(_: Params) -> None:
    times: dict[tuple[str, str], list[float]] = {(case, load): [] for case in CASES for load in LOADS}
    for _round in range(ROUNDS):
        for (case, load), measured in times.items():
            with other_work(case, load):
                measured.append(measure(case))
    medians = {key: 1000 * statistics.median(measured) for key, measured in times.items()}
    columns = ("threads", *(f"{load}, ms" for load in LOADS), *(f"{load}, relative" for load in LOADS[1:]))
    rows = [
        (
            case,
            *(f"{medians[case, load]:.1f}" for load in LOADS),
            *(f"{medians[case, load] / medians[case, LOADS[0]]:.2f}" for load in LOADS[1:]),
        )
        for case in CASES
    ]
    table(f"A training step of the variant gpt on {CORES} cores", columns, rows)


def command(case: str) -> tuple[list[str], dict[str, str]]:
    """How to start gpt_step.py with the threads of `case`, and its environment."""
    threads, policy = CASES[case]
    environment = {**environment_without_tracking(), "THREADS": str(threads), "OMP_WAIT_POLICY": policy}
    return [sys.executable, "-m", "benchmarks", "gpt_step", "--here", "portable"], environment


def measure(case: str) -> float:
    """The median time of a step, in seconds."""
    arguments, environment = command(case)
    done = subprocess.run(arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def other_work(case: str, load: str) -> AbstractContextManager[None]:
    """Keeps the machine busy in the way that `load` says."""
    match load:
        case "beside busy processes":
            return busy(CORES)
        case "beside the same training":
            return repeated(case)
        case _:
            return nullcontext()


@contextmanager
def repeated(case: str) -> Iterator[None]:
    """Runs gpt_step.py with the threads of `case` again and again."""
    arguments, environment = command(case)
    loop = subprocess.Popen(
        ["sh", "-c", f"while :; do {shlex.join(arguments)}; done"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(loop.pid, signal.SIGKILL)
        loop.wait()
