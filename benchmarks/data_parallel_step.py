"""Prints what a step of data-parallel training takes in this process group, as JSON. Started by data_parallel.py.

A GPT of width 128 trains on batches of 512 names, with one thread in each process. Without torchrun, one process
computes the batch in one piece, which is training with `compute.shards: 1`.
"""

import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from benchmarks.harness import read_names
from makemore.core.params import Params
from makemore.corpus.corpus import Corpus
from makemore.models import gpt
from makemore.training.loop import Loop, whole_batch
from makemore.training.process_group import ProcessGroup, join
from makemore.training.shards import ShardedGradient

SHARDS, STEPS, MESSAGES = 4, 8, 30
WIDE = {"n_embd": 128, "batch_size": 512, "eval_every": 10**6}


def main(params: Params) -> None:
    torch.set_num_threads(1)
    with join("benchmark", SHARDS) as group:
        found = measure(params, group)
        if group.is_leader:
            print(json.dumps(found))


def measure(params: Params, group: ProcessGroup) -> dict[str, Any]:
    """Medians, in seconds: a step; in it, the exchange of gradients and the optimiser; and the smallest message."""
    names, _source = read_names()
    corpus = Corpus.of({"train": names, "dev": names[:1], "test": []}, ".")
    alone = "WORLD_SIZE" not in os.environ
    compute = whole_batch if alone else ShardedGradient(SHARDS, group)
    loop = Loop.start(corpus, gpt.Config.model_validate(params.variants["gpt"] | WIDE), compute)
    size = sum(parameter.numel() for parameter in loop.model.parameters()) + 1
    gradient = torch.zeros(1, size)
    optimise = [optimizer.step for optimizer in loop.optimizers]
    loop.take_step()  # warm up, and give every parameter a gradient
    return {
        "step": median_time(loop.take_step, STEPS),
        "optimiser": median_time(lambda: [step() for step in optimise], MESSAGES),
        "exchange": median_time(lambda: group.all_gather(gradient), MESSAGES),
        "message": median_time(lambda: group.all_gather(gradient[:, :1]), MESSAGES),
        "bytes": 4 * size,
    }


def median_time(work: Callable[[], object], rounds: int) -> float:
    """The median time of `work` in seconds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
