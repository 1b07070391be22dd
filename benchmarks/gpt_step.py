"""Prints the median time of a training step of the variant gpt, in seconds. Started by determinism.py and threads.py.

The environment variable THREADS replaces `compute.threads`.
"""

import os
import statistics
import time

import torch

from benchmarks.harness import read_names
from makemore.core.params import Params
from makemore.corpus.corpus import Corpus
from makemore.models import gpt
from makemore.training.loop import Loop

STEPS = 40


def main(params: Params) -> None:
    torch.set_num_threads(int(os.environ.get("THREADS", params.compute.threads)))
    names, _source = read_names()
    corpus = Corpus.of({"train": names, "dev": names[:1], "test": []}, ".")
    loop = Loop.start(corpus, gpt.Config.model_validate(params.variants["gpt"] | {"eval_every": 10**6}))
    times = []
    for _ in range(STEPS):
        started = time.perf_counter()
        loop.take_step()
        times.append(time.perf_counter() - started)
    print(statistics.median(times[STEPS // 10 :]))
