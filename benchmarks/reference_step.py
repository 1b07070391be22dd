"""Prints the median time of a training step of the reference script's transformer, in seconds.

Model size, batch size and optimiser are the script's defaults. Its data loader is not used, so costs no time here.
Started by time_to_quality.py.
"""

import statistics
import time

import torch

from benchmarks.harness import read_names, reference
from makemore.core.params import Params
from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import inputs_and_targets

STEPS, BATCH, LR = 200, 32, 5e-4


def main(_: Params) -> None:
    makemore, _source = reference()
    names, _corpus = read_names()
    torch.manual_seed(1)
    corpus = Corpus.of({"train": names, "dev": [], "test": []}, ".")
    inputs, targets = inputs_and_targets(corpus.names["train"].tensor())
    model = makemore.Transformer(makemore.ModelConfig(block_size=inputs.shape[1], vocab_size=len(corpus.vocabulary)))
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR, weight_decay=0.01, betas=(0.9, 0.99), eps=1e-8)
    times = []
    for _step in range(STEPS):
        chosen = torch.randint(len(inputs), (BATCH,))
        x, y = inputs[chosen], targets[chosen]
        started = time.perf_counter()
        _, loss = model(x, y)
        model.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        times.append(time.perf_counter() - started)
    print(statistics.median(times[STEPS // 10 :]))
