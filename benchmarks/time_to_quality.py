"""Time to quality: how long the GPT trains to be as good as the reference script's best, and how good it gets then.

The protocol is the reference's: its 32,033 names, its split (torch.manual_seed(3407), randperm, the last 1,000 lines
are test), the exact test loss, and the time of training steps alone. Its best loss, 1.9656, comes after 15,000 steps;
beyond them it overfits. Their time is 15,000 times the median of the steps that are measured here before each training
of ours, and always in native mode (reference_step.py). Ours is trained to its end.

The same split goes through the pipeline with `data.path` and `data.dev_path` (docs/models.md).
"""

import os
import subprocess
import sys
import time
from typing import Any

import torch

from benchmarks.harness import read_names, table
from makemore.corpus import Corpus
from makemore.evaluation import likelihood
from makemore.models import gpt
from makemore.params import Params
from makemore.training import Loop

BEST_LOSS, BEST_STEP = 1.9656, 15_000  # the reference's
MODERN = {"positions": "learned", "norm": "rms", "qk_norm": True, "activation": "relu2", "tied_head": False}
RECIPES: dict[str, dict[str, Any]] = {
    "to its best loss": {
        "n_layer": 1,
        "ngram_embedding": 3,
        "ngram_dropout": 0.0,
        "dropout": 0.0,
        "steps": 220,
        "batch_size": 256,
        "lr": 0.01,
    },
    "in its time": {
        "n_layer": 3,
        "ngram_embedding": 2,
        "ngram_dropout": 0.3,
        "dropout": 0.1,
        "steps": 7000,
        "batch_size": 128,
        "lr": 0.005,
    },
}
SHARED = {"model": "gpt", "n_head": 8, "n_embd": 64, "optimizer": "muon", "warmup_steps": 20, "weight_decay": 0.1}


def main(params: Params) -> None:
    if "MAKEMORE_NAMES" not in os.environ:
        print("time_to_quality: skipped: MAKEMORE_NAMES does not name the 32,033 names that the protocol is about")
        return
    words, _source = read_names()
    torch.manual_seed(3407)
    order = torch.randperm(len(words)).tolist()
    splits = {"train": [words[i] for i in order[:-1000]], "dev": [words[i] for i in order[-1000:]], "test": []}
    corpus = Corpus.of(splits, ".")

    rows = []
    for recipe, seed in (("to its best loss", 1), ("to its best loss", 2), ("to its best loss", 3), ("in its time", 1)):
        theirs = reference_seconds()
        loss, ours = train(recipe, corpus, seed)
        faster = f"{theirs / ours:.1f}" if loss <= BEST_LOSS else "not reached"
        rows.append([recipe, seed, f"{theirs:.0f}", BEST_LOSS, f"{ours:.1f}", f"{loss:.4f}", faster])
    columns = ("recipe", "seed", "makemore.py, s", "its test loss", "ours, s", "our test loss", "times faster")
    table(f"Training time to a test loss, {params.compute.determinism} mode", columns, rows)


def reference_seconds() -> float:
    """The time to the reference's best loss in seconds, always in native mode: nobody aims to slow it down."""
    command = [sys.executable, "-m", "benchmarks", "reference_step", "--here", "native"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return BEST_STEP * float(done.stdout.splitlines()[-1])  # makemore.py prints its size before


def train(recipe: str, corpus: Corpus, seed: int) -> tuple[float, float]:
    """The exact test loss after the last step, in nats, and the time of all steps in seconds."""
    values = SHARED | MODERN | RECIPES[recipe] | {"seed": seed, "eval_every": RECIPES[recipe]["steps"] + 1}
    loop = Loop.start(corpus, gpt.Config.model_validate(values))
    started = time.perf_counter()
    for _ in range(loop.config.steps - 1):
        loop.advance()
    seconds = time.perf_counter() - started  # the last step ends with an evaluation: it is counted as one more
    loop.advance()
    return likelihood(loop.model, corpus.rows["dev"]).mean(), seconds * loop.config.steps / (loop.config.steps - 1)
