"""The cost of exact arithmetic: a training step of each variant on one thread, and of a large GPT on one and two.

The third case, portable, is native arithmetic with kernels that x86-64 CPUs have in common, which gives the same bytes
on many of them. Libraries read these settings when they load, so each case runs in its own process.
"""

import statistics
from itertools import product
from typing import Any

from benchmarks.harness import all_train, gpt_config, in_process, in_turns, read_names, seconds, table
from makemore.core.params import Params
from makemore.models.base.catalog import parse_config
from makemore.models.base.config import TrainingConfig
from makemore.training.loop import Loop

ROUNDS, STEPS, WARM_UP = 5, 20, 3
LARGE = {"n_embd": 256, "batch_size": 512}
LARGE_ROUNDS, LARGE_STEPS, LARGE_WARM_UP = 5, 5, 1
PORTABLE = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_CBWR": "COMPATIBLE",
    "MKL_DYNAMIC": "FALSE",
}
CASES: dict[str, tuple[str, dict[str, str]]] = {
    "exact": ("exact", {}),
    "native": ("native", {}),
    "portable": ("native", PORTABLE),
}
Times = dict[str, float]


def main(_: Params) -> None:
    measured = in_turns(CASES, variant_times, ROUNDS)
    medians = {
        case: {variant: statistics.median(times[variant] for times in rounds) for variant in rounds[0]}
        for case, rounds in measured.items()
    }
    table(
        "A training step of each variant on one thread",
        ("variant", *(f"{case}, ms" for case in CASES), "exact / native", "exact / portable"),
        [row(variant, {case: medians[case][variant] for case in CASES}) for variant in medians["exact"]],
    )
    large = in_turns(product(CASES, (1, 2)), large_time, LARGE_ROUNDS)
    times = {key: statistics.median(rounds) for key, rounds in large.items()}
    table(
        "A training step of a GPT of width 256, batches of 512 names",
        ("arithmetic", "one thread, s", "two threads, s", "times faster"),
        [
            (case, *(f"{times[case, n]:.2f}" for n in (1, 2)), f"{times[case, 1] / times[case, 2]:.2f}")
            for case in CASES
        ],
    )


def row(variant: str, times: Times) -> list[str]:
    ratios = (times["exact"] / times[other] for other in ("native", "portable"))
    return [variant, *(f"{1000 * time:.2f}" for time in times.values()), *(f"{ratio:.2f}" for ratio in ratios)]


def large_row(case: str, one: float, two: float) -> list[str]:
    return [case, f"{one:.2f}", f"{two:.2f}", f"{one / two:.2f}"]


def variant_times(case: str) -> Times:
    """What `step` measures in a case."""
    found: Times = measure("arithmetic.step", case, 1)
    return found


def large_time(key: tuple[str, int]) -> float:
    """What `large_step` measures in a case, with a number of threads."""
    return float(measure("arithmetic.large_step", *key))


def measure(step: str, case: str, threads: int) -> Any:
    arithmetic, environment = CASES[case]
    return in_process(step, arithmetic, **environment, OMP_NUM_THREADS=str(threads))


def step(params: Params) -> Times:
    """The median time of a training step of each variant that takes steps, in seconds."""
    corpus, found = all_train(read_names()[0]), {}
    for variant, values in params.variants.items():
        config = parse_config(variant, values)
        if isinstance(config, TrainingConfig):
            found[variant] = time_of_step(Loop.start(corpus, config), STEPS, WARM_UP)
    return found


def large_step(params: Params) -> float:
    """The median time of a training step of the large GPT, in seconds."""
    loop = Loop.start(all_train(read_names()[0]), gpt_config(params, **LARGE))
    return time_of_step(loop, LARGE_STEPS, LARGE_WARM_UP)


def time_of_step(loop: Loop, steps: int, warm_up: int) -> float:
    return statistics.median([seconds(loop.update_weights) for _ in range(warm_up + steps)][warm_up:])
