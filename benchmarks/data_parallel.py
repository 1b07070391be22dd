"""Data-parallel training: symbols per second by one process, two and four, and up to how many hosts it pays.

Each case is a group of single-threaded processes (data_parallel_step.py), and the cases take turns. A model on paper
says what a step takes with P processes:

    compute / min(P, cores) + optimiser + latency + (P - 1) * bytes / bandwidth

The gradient is divided among the processes; every process runs the optimiser and receives the P - 1 other gradients.
Compute, optimiser, latency and bandwidth come from the cases with one and two processes, so the row of four is a
prediction. For several hosts the table takes a network's latency and bandwidth instead, and a core for each process.
"""

import json
import statistics
import subprocess
import sys

from benchmarks.harness import ROOT, environment_without_tracking, table
from makemore.core.errors import UserError
from makemore.core.params import Params
from makemore.pipeline.repro import available_cores

ROUNDS = 3
PROCESSES = (1, 2, 4)
HOSTS = (2, 4, 8, 16)
NETWORKS = {  # latency in seconds, bytes per second
    "1 Gbit/s, 0.2 ms": (2e-4, 1.1e8),
    "10 Gbit/s, 0.1 ms": (1e-4, 1.1e9),
    "100 Gbit/s, 0.02 ms": (2e-5, 1.1e10),
}
Times = dict[str, float]


def main(_: Params) -> None:
    cases = {0: [sys.executable]} | {
        count: [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={count}"] for count in PROCESSES
    }
    rounds: dict[int, list[Times]] = {count: [] for count in cases}
    for _round in range(ROUNDS):
        for count, command in cases.items():
            rounds[count].append(measure(command))
    times = {
        count: {name: statistics.median(one[name] for one in measured) for name in measured[0]}
        for count, measured in rounds.items()
    }
    print_measured(times)
    print_prediction(times)


def measure(launcher: list[str]) -> Times:
    """What data_parallel_step.py prints when it is started by `launcher`."""
    command = [*launcher, "-m", "benchmarks", "data_parallel_step", "--here", "portable"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment_without_tracking(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise UserError(f"data_parallel_step ended with {done.returncode}: {done.stderr[-500:]}")
    found: Times = json.loads(done.stdout)
    return found


def step_time(times: dict[int, Times], processes: int, latency: float, bandwidth: float, cores: int) -> float:
    """The model's prediction of a step, in seconds."""
    alone = times[1]
    compute = alone["step"] - alone["optimiser"]
    exchange = latency + (processes - 1) * alone["bytes"] / bandwidth if processes > 1 else 0.0
    return compute / min(processes, cores) + alone["optimiser"] + exchange


def print_measured(times: dict[int, Times]) -> None:
    latency = times[2]["message"]
    bandwidth = times[2]["bytes"] / (times[2]["exchange"] - latency)
    alone, cores = times[1]["step"], available_cores()
    rows = []
    for count, measured in times.items():
        model = step_time(times, max(1, count), latency, bandwidth, cores)
        rows.append(
            (
                f"{count} (4 shards)" if count else "1 (1 shard)",
                *(f"{1000 * measured[name]:.1f}" for name in ("step", "exchange", "optimiser")),
                f"{alone / measured['step']:.2f}",
                f"{alone / model:.2f}" if count else "",
            )
        )
    title = f"GPT of width 128, batches of 512 names, single-threaded processes on {cores} cores"
    columns = ("processes", "ms per step", "exchange, ms", "optimiser, ms", "times as fast", "by the model")
    table(title, columns, rows)
    print(f"\nMeasured: latency {1e6 * latency:.0f} us, {bandwidth / 1e9:.2f} GB/s, {times[2]['bytes'] / 1e6:.1f} MB")


def print_prediction(times: dict[int, Times]) -> None:
    rows = []
    for network, (latency, bandwidth) in NETWORKS.items():
        speeds = [times[1]["step"] / step_time(times, hosts, latency, bandwidth, hosts) for hosts in HOSTS]
        rows.append((network, *(f"{speed:.1f}" for speed in speeds)))
    table("On paper: times as fast as one host, a process on each", ("network", *map(str, HOSTS)), rows)
