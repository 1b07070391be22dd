"""The cost of exact arithmetic: a training step of each variant, in exact and in native arithmetic, on one thread.

The third case, portable, is native arithmetic with kernels that x86-64 CPUs have in common, which gives the same bytes
on many of them. Libraries read these settings when they load, so each case runs in its own process.
"""

import statistics

from benchmarks.harness import all_train, in_process, in_turns, read_names, seconds, table
from makemore.core.params import Params
from makemore.models.base.catalog import parse_config
from makemore.models.base.config import TrainingConfig
from makemore.training.loop import Loop

ROUNDS, STEPS, WARM_UP = 5, 20, 3
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
PORTABLE = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_CBWR": "COMPATIBLE",
    "MKL_DYNAMIC": "FALSE",
}
CASES = {
    "exact": ("exact", ONE_THREAD),
    "native": ("native", ONE_THREAD),
    "portable": ("native", ONE_THREAD | PORTABLE),
}
Times = dict[str, float]


def main(_: Params) -> None:
    measured = in_turns(CASES, measure, ROUNDS)
    medians = {
        case: {variant: statistics.median(times[variant] for times in rounds) for variant in rounds[0]}
        for case, rounds in measured.items()
    }
    table(
        "A training step of each variant on one thread",
        ("variant", *(f"{case}, ms" for case in CASES), "exact / native", "exact / portable"),
        [row(variant, {case: medians[case][variant] for case in CASES}) for variant in medians["exact"]],
    )


def row(variant: str, times: Times) -> list[str]:
    ratios = (times["exact"] / times[other] for other in ("native", "portable"))
    return [variant, *(f"{1000 * time:.2f}" for time in times.values()), *(f"{ratio:.2f}" for ratio in ratios)]


def measure(case: str) -> Times:
    """What `step` measures in a case."""
    arithmetic, environment = CASES[case]
    found: Times = in_process("arithmetic.step", arithmetic, **environment)
    return found


def step(params: Params) -> Times:
    """The median time of a training step of each variant that takes steps, in seconds."""
    corpus, found = all_train(read_names()[0]), {}
    for variant, values in params.variants.items():
        config = parse_config(variant, values)
        if isinstance(config, TrainingConfig):
            loop = Loop.start(corpus, config)
            times = [seconds(loop.update_weights) for _ in range(WARM_UP + STEPS)]
            found[variant] = statistics.median(times[WARM_UP:])
    return found
