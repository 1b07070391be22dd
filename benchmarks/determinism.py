"""What each setting of makemore/determinism.py costs: the time of a GPT training step with it, against none of them.

    make bench            (python -m benchmarks.determinism, after `dvc repro`)

Each setting runs in a process of its own, because the libraries read it when they load; the rounds are interleaved,
since machines drift. Prints the median of the rounds and its ratio to native. Writes nothing.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from makemore.determinism import PORTABLE

ROUNDS, STEPS = 5, 40
CASES = {"native": {}, **{f"{name}={value}": {name: value} for name, value in PORTABLE.items()}, "portable": PORTABLE}


def step_milliseconds() -> float:
    """The mean time of a step of the default GPT, in this process's environment."""
    import torch

    from makemore.corpus import Corpus
    from makemore.models import TrainingConfig, parse_config
    from makemore.params import load_params
    from makemore.training import Loop

    params = load_params()
    torch.set_num_threads(params.compute.threads)
    config = parse_config("gpt", params.variants["gpt"] | {"eval_every": 10**6})
    if not isinstance(config, TrainingConfig):
        raise TypeError("variants.gpt is not trained by the gradient loop")
    loop = Loop.start(Corpus.load(Path("artifacts/corpus")), config)
    loop.advance()
    started = time.perf_counter()
    for _ in range(STEPS):
        loop.advance()
    return (time.perf_counter() - started) / STEPS * 1000


def main() -> None:
    times: dict[str, list[float]] = {case: [] for case in CASES}
    for _ in range(ROUNDS):
        for case, settings in CASES.items():
            environment = {name: value for name, value in os.environ.items() if name not in PORTABLE} | settings
            command = [sys.executable, "-m", "benchmarks.determinism", "--step"]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            times[case].append(float(done.stdout))
    native = statistics.median(times["native"])
    print("| setting | ms per step | against native |\n|---|---:|---:|")
    for case, measured in times.items():
        median = statistics.median(measured)
        print(f"| {case} | {median:.1f} | {median / native:.2f} |")


if __name__ == "__main__":
    print(step_milliseconds()) if "--step" in sys.argv else main()
