"""Trains the variant gpt for some seconds, with a journal like in its stage; prints wall and CPU seconds of a step.

The journal is in the folder DVC_ROOT and is streamed to MLFLOW_TRACKING_URI; if that is empty, there is no journal.
Started by outage.py.
"""

import os
import statistics
import time
from contextlib import nullcontext

from benchmarks.harness import read_names
from makemore.core.curve import Point
from makemore.core.params import Params
from makemore.corpus.corpus import Corpus
from makemore.models import gpt
from makemore.training.journal import streamed_journal
from makemore.training.loop import Loop

SECONDS = 12
WARM_UP = 6  # seconds that are not measured, because the carrier is starting
EVERY = 10  # steps between two points: more points than with params.yaml


def main(params: Params) -> None:
    names, _source = read_names()
    corpus = Corpus.of({"train": names, "dev": names[:1], "test": []}, ".")
    loop = Loop.start(corpus, gpt.Config.model_validate(params.variants["gpt"] | {"eval_every": 10**6}))
    shown, walls, cpus = params.of_variant("gpt", ("data", "compute")), [], []
    began = time.perf_counter()
    with (
        streamed_journal("gpt", "outage", shown, "outage")
        if os.environ["MLFLOW_TRACKING_URI"]
        else nullcontext() as journal
    ):
        while time.perf_counter() - began < SECONDS:
            started, cpu = time.perf_counter(), time.process_time()
            loss = loop.take_step()
            if journal and loop.step % EVERY == 0:
                journal.point(Point(loop.step, loss, loss, 0.0))
            if started - began > WARM_UP:
                walls.append(time.perf_counter() - started)
                cpus.append(time.process_time() - cpu)
    print(statistics.median(walls), statistics.median(cpus))
