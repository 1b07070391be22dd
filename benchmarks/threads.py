"""Threads and how they wait: a step of the variant gpt alone, beside the same training, and beside busy processes.

Waiting threads spin by default; `passive` is OMP_WAIT_POLICY=PASSIVE, which makemore/core/determinism.py sets. Each
training runs in its own process, and the cases take turns.
"""

import os
import shlex
import signal
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import product

import torch

from benchmarks.harness import (
    ROOT,
    all_train,
    busy,
    command,
    gpt_config,
    in_process,
    in_turns,
    read_names,
    seconds,
    table,
    without_tracking,
)
from makemore.core.params import Params
from makemore.pipeline.repro import available_cores
from makemore.training.loop import Loop

ROUNDS, STEPS = 3, 40
CORES = available_cores()
CASES = {  # threads, and how they wait
    "1": {"THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"},
    "2, spinning": {"THREADS": "2", "OMP_WAIT_POLICY": "ACTIVE"},
    "2, passive": {"THREADS": "2", "OMP_WAIT_POLICY": "PASSIVE"},
}
LOADS = ("alone", "beside the same training", "beside busy processes")


def main(_: Params) -> None:
    times = in_turns(product(CASES, LOADS), measure, ROUNDS)
    ms = {key: f"{1000 * statistics.median(measured):.1f}" for key, measured in times.items()}
    table(
        f"A training step of the variant gpt on {CORES} cores",
        ("threads", *(f"{load}, ms" for load in LOADS)),
        [(case, *(ms[case, load] for load in LOADS)) for case in CASES],
    )


def step(params: Params) -> float:
    """The median time of a training step of the variant gpt, in seconds, with THREADS threads."""
    torch.set_num_threads(int(os.environ.get("THREADS", params.compute.threads)))
    loop = Loop.start(all_train(read_names()[0]), gpt_config(params))
    return statistics.median([seconds(loop.take_step) for _ in range(STEPS)][STEPS // 10 :])


def measure(key: tuple[str, str]) -> float:
    """The time of a step in a case, beside a load."""
    case, load = key
    with other_work(case, load):
        return float(in_process("threads.step", "portable", **CASES[case]))


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
    """Runs the training of `case` again and again."""
    loop = subprocess.Popen(
        ["sh", "-c", f"while :; do {shlex.join(command('threads.step', 'portable'))}; done"],
        cwd=ROOT,
        env=without_tracking(**CASES[case]),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(loop.pid, signal.SIGKILL)
        loop.wait()
