"""Threads and how they wait: a step of the variant gpt alone, beside the same training, and beside busy processes.

Waiting threads spin by default; `passive` is OMP_WAIT_POLICY=PASSIVE, which makemore/core/determinism.py sets. Each
training runs in its own process, and the cases take turns.
"""

import os
import statistics
import subprocess
import sys
from itertools import product

from benchmarks.harness import ROOT, all_train, command, gpt_config, in_process, in_turns, read_names, seconds, table
from makemore.core.cores import available_cores
from makemore.core.params import Params
from makemore.training.loop import Loop

ROUNDS, STEPS = 3, 40
CORES = available_cores()
CASES = {  # threads, and how they wait
    "1": {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"},
    "2, spinning": {"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "ACTIVE"},
    "2, passive": {"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "PASSIVE"},
}
LOADS = ("alone", "beside the same training", "beside busy processes")
FOREVER = "1000000000"  # steps


def main(_: Params) -> None:
    times = in_turns(product(CASES, LOADS), measure, ROUNDS)
    ms = {key: f"{1000 * statistics.median(measured):.1f}" for key, measured in times.items()}
    table(
        f"A training step of the variant gpt on {CORES} cores",
        ("threads", *(f"{load}, ms" for load in LOADS)),
        [(case, *(ms[case, load] for load in LOADS)) for case in CASES],
    )


def step(params: Params) -> float:
    """The median time of STEPS training steps of the variant gpt, in seconds."""
    loop = Loop.start(all_train(read_names()[0]), gpt_config(params))
    times = [seconds(loop.update_weights) for _ in range(int(os.environ.get("STEPS", STEPS)))]
    return statistics.median(times[len(times) // 10 :])


def measure(key: tuple[str, str]) -> float:
    """The time of a step in a case, beside a load."""
    case, load = key
    others = {
        "alone": [],
        "beside the same training": [command("threads.step", "exact")],
        "beside busy processes": [[sys.executable, "-c", "while True: pass"]] * CORES,
    }
    environment = {**os.environ, **CASES[case], "STEPS": FOREVER}
    running = [subprocess.Popen(other, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) for other in others[load]]
    try:
        return float(in_process("threads.step", "exact", **CASES[case]))
    finally:
        for process in running:
            process.kill()
            process.wait()
