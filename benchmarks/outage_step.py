"""Trains the variant gpt for some seconds, with a journal as its stage has it; prints wall and CPU seconds of a step.

The journal is in the folder DVC_ROOT, and goes to MLFLOW_TRACKING_URI; where that is empty, there is none.
"""

import os
import statistics
import time
from contextlib import nullcontext

from benchmarks.harness import read_names
from makemore.corpus import Corpus
from makemore.models import gpt
from makemore.params import Params
from makemore.tracking.journal import open_journal
from makemore.training import Loop

SECONDS = 12
BEGINNING = 6  # seconds in which the process that carries the journal starts
EVERY = 10  # steps between two points: a busier curve than that of params.yaml


def main(params: Params) -> None:
    names, _source = read_names()
    corpus = Corpus.of({"train": names, "dev": names[:1], "test": []}, ".")
    loop = Loop.start(corpus, gpt.Config.model_validate(params.variants["gpt"] | {"eval_every": 10**6}))
    shown, walls, cpus = params.of_variant("gpt", ("data", "compute")), [], []
    began = time.perf_counter()
    with (
        open_journal("gpt", "outage", shown, "outage")
        if os.environ["MLFLOW_TRACKING_URI"]
        else nullcontext() as journal
    ):
        while time.perf_counter() - began < SECONDS:
            started, cpu = time.perf_counter(), time.process_time()
            loss = loop.advance()
            if journal and loop.step % EVERY == 0:
                journal.point([loop.step, loss, loss, 0.0])
            if started - began > BEGINNING:
                walls.append(time.perf_counter() - started)
                cpus.append(time.process_time() - cpu)
    print(statistics.median(walls), statistics.median(cpus))
