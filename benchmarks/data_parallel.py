"""Data-parallel training: the time of a step by one process, two and four, and up to how many hosts it pays.

Each case is a group of single-threaded processes. A model on paper says what a step takes with P processes:

    compute / min(P, cores) + optimiser + latency + (P - 1) * bytes / bandwidth

The gradient is divided among the processes; every process runs the optimiser and receives the P - 1 other gradients.
Compute, optimiser, latency and bandwidth come from the cases with one and two processes, so the row of four is a
prediction. For several hosts the table takes a network's latency and bandwidth instead, and a core for each process.
"""

import os
import statistics
import sys
from collections.abc import Callable

import torch

from benchmarks.harness import all_train, gpt_config, in_process, in_turns, read_names, seconds, table
from makemore.core.cores import available_cores
from makemore.core.params import Params
from makemore.training.loop import Loop, whole_batch
from makemore.training.process_group import join
from makemore.training.shards import ShardedGradient

ROUNDS, SHARDS, STEPS, MESSAGES = 3, 4, 8, 30
ALONE = 0  # a case: one process that computes the batch as a whole, which is training with `compute.shards: 1`
PROCESSES = (1, 2, 4)
HOSTS = (2, 4, 8, 16)
NETWORKS = {  # latency in seconds, bytes per second
    "1 Gbit/s, 0.2 ms": (2e-4, 1.1e8),
    "10 Gbit/s, 0.1 ms": (1e-4, 1.1e9),
    "100 Gbit/s, 0.02 ms": (2e-5, 1.1e10),
}
Times = dict[str, float]


def main(_: Params) -> None:
    measured = in_turns((ALONE, *PROCESSES), measure, ROUNDS)
    times = {
        count: {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
        for count, rounds in measured.items()
    }
    print_measured(times)
    print_prediction(times)


def measure(count: int) -> Times:
    """What `step` measures in a group of this many processes."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={count}"]
    found: Times = in_process("data_parallel.step", "exact", *([] if count == ALONE else torchrun))
    return found


def step(params: Params) -> Times | None:
    """Medians, in seconds: a step; in it, the exchange of gradients and the optimiser; and the smallest message.

    Only the leader of the group returns something.
    """
    torch.set_num_threads(1)
    with join("benchmark", SHARDS) as group:
        compute = ShardedGradient(SHARDS, group) if "WORLD_SIZE" in os.environ else whole_batch
        loop = Loop.start(all_train(read_names()[0]), gpt_config(params, n_embd=128, batch_size=512), compute)
        size = sum(parameter.numel() for parameter in loop.model.parameters()) + 1
        gradient = torch.zeros(1, size)
        loop.take_step()  # warm up, and give every parameter a gradient
        found = {
            "step": median_time(loop.take_step, STEPS),
            "optimiser": median_time(lambda: [each.step(loop.config.lr) for each in loop.optimizers], MESSAGES),
            "exchange": median_time(lambda: group.all_gather(gradient), MESSAGES),
            "message": median_time(lambda: group.all_gather(gradient[:, :1]), MESSAGES),
            "bytes": 4.0 * size,
        }
        return found if group.is_leader else None


def median_time(work: Callable[[], object], rounds: int) -> float:
    """The median time of `work` in seconds."""
    return statistics.median(seconds(work) for _ in range(rounds))


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
                "1 (1 shard)" if count == ALONE else f"{count} ({SHARDS} shards)",
                *(f"{1000 * measured[name]:.1f}" for name in ("step", "exchange", "optimiser")),
                f"{alone / measured['step']:.2f}",
                "" if count == ALONE else f"{alone / model:.2f}",
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
