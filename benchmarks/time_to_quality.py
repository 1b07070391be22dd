"""Time to quality: how fast our GPT reaches the best test loss of the reference script, and its loss in the same time.

The protocol is that of makemore.py: its 32,033 names, its split (torch.manual_seed(3407), randperm, the last 1,000 are
test), the exact test loss, and the time of the training steps alone. makemore.py reaches its best test loss, 1.9656,
after 15,000 steps, and overfits after that. Its time is 15,000 times the median step, which is measured before each of
our trainings and always in native arithmetic. Our trainings run to the end of their schedule.

docs/models.md shows how to train on the same split in the pipeline, with `data.path` and `data.dev_path`.
"""

import os
import statistics
from functools import partial
from typing import Any

import torch
from torch import Tensor

from benchmarks.harness import all_train, in_process, read_names, reference, seconds, table
from makemore.core.params import Params
from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import inputs_and_targets
from makemore.evaluation import likelihood
from makemore.models import gpt
from makemore.training.loop import Loop

BEST_LOSS, BEST_STEP = 1.9656, 15_000  # of makemore.py
REFERENCE_STEPS = 200
MODERN = {"positions": "learned", "norm": "rms", "qk_norm": True, "activation": "relu2", "tied_head": False}
RECIPES: dict[str, dict[str, Any]] = {
    "same loss": {
        "n_layer": 1,
        "ngram_embedding": 3,
        "ngram_dropout": 0.0,
        "dropout": 0.0,
        "steps": 220,
        "batch_size": 256,
        "lr": 0.01,
    },
    "same time": {
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
    if not os.environ.get("MAKEMORE_NAMES"):
        print("time_to_quality: skipped: set MAKEMORE_NAMES to the file of the 32,033 names of karpathy/makemore")
        return
    corpus = their_split(read_names()[0])
    _makemore, source = reference()
    rows = []
    for recipe, seed in (("same loss", 1), ("same loss", 2), ("same loss", 3), ("same time", 1)):
        theirs = BEST_STEP * float(in_process("time_to_quality.reference_step", "native"))
        loss, ours = train(recipe, corpus, seed)
        faster = f"{theirs / ours:.1f}" if loss <= BEST_LOSS else "not reached"
        rows.append([recipe, seed, f"{theirs:.0f}", BEST_LOSS, f"{ours:.1f}", f"{loss:.4f}", faster])
    columns = ("recipe", "seed", f"{source}, s", "its test loss", "ours, s", "our test loss", "times faster")
    table(f"Training time and test loss, {params.compute.arithmetic} arithmetic", columns, rows)


def their_split(words: list[str]) -> Corpus:
    """The corpus as makemore.py splits it; its test set is our dev."""
    torch.manual_seed(3407)
    order = torch.randperm(len(words)).tolist()
    splits = {"train": [words[i] for i in order[:-1000]], "dev": [words[i] for i in order[-1000:]], "test": []}
    return Corpus.of(splits, ".")


def reference_step(_: Params) -> float:
    """The median time of a training step of the reference script's transformer, in seconds.

    Model size, batch size and optimiser are the script's defaults. Its data loader is not used, so costs no time here.
    """
    makemore, _source = reference()
    torch.manual_seed(1)
    corpus = all_train(read_names()[0])
    inputs, targets = inputs_and_targets(corpus.names["train"].tensor())
    model = makemore.Transformer(makemore.ModelConfig(block_size=inputs.shape[1], vocab_size=len(corpus.vocabulary)))
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4, weight_decay=0.01, betas=(0.9, 0.99), eps=1e-8)

    def update(x: Tensor, y: Tensor) -> None:
        _, loss = model(x, y)
        model.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    batches = (torch.randint(len(inputs), (32,)) for _ in range(REFERENCE_STEPS))
    times = [seconds(partial(update, inputs[batch], targets[batch])) for batch in batches]
    return statistics.median(times[REFERENCE_STEPS // 10 :])


def train(recipe: str, corpus: Corpus, seed: int) -> tuple[float, float]:
    """The exact test loss after the last step, in nats, and the time of all steps, in seconds."""
    values = SHARED | MODERN | RECIPES[recipe] | {"seed": seed, "eval_every": RECIPES[recipe]["steps"] + 1}
    loop = Loop.start(corpus, gpt.Config.model_validate(values))
    time = seconds(lambda: [loop.take_step() for _ in range(loop.config.steps - 1)])
    loop.take_step()  # not timed, because it includes an evaluation
    return likelihood(loop.model, corpus.names["dev"]).mean(), time * loop.config.steps / (loop.config.steps - 1)
