"""Sampling: names per second, compared with the reference script's `generate` for the same batch size.

For each new symbol the reference recomputes all positions of all names, up to the length of the longest name in the
corpus. Ours has a KV cache, and finished names leave the batch. A third case is ours without the cache, which must
sample the same names. Both GPTs have the same architecture and size, 4 layers of width 64. Ours is trained briefly, so
that names end where they should; the reference has random weights, which do not change its time.
"""

import torch

from benchmarks.harness import all_train, gpt_config, medians, read_names, reference, table
from makemore.core.params import Params
from makemore.models import base, gpt
from makemore.sampling import sample
from makemore.training.loop import Loop

SIZE = {"n_layer": 4, "n_head": 4, "n_embd": 64, "ngram_embedding": 1, "dropout": 0.0}
STEPS, BATCHES = 300, (50, 200, 1000)


class WithoutCache(gpt.Model):
    """The GPT, recomputing all positions for each new symbol."""

    next_logits = base.Model.next_logits


def main(params: Params) -> None:
    words, corpus_name = read_names()
    makemore, source = reference()
    config = gpt_config(params, **SIZE, steps=STEPS)
    loop = Loop.start(all_train(words), config)
    for _ in range(STEPS):
        loop.take_step()
    model = loop.best_model()
    without_cache = WithoutCache(config, model.vocabulary, model.longest).eval()
    without_cache.load_state_dict(model.state_dict())
    size = makemore.ModelConfig(block_size=model.block_size, vocab_size=len(model.vocabulary))
    theirs = makemore.Transformer(size).eval()

    def row(batch: int) -> list[object]:
        settings = params.sample.model_copy(update={"names": batch, "batch_size": batch, "max_length": model.longest})
        start = torch.zeros(batch, 1, dtype=torch.int64)
        times = medians(
            {
                "generate": lambda: makemore.generate(theirs, start, model.longest, do_sample=True),
                "without cache": lambda: sample(without_cache, settings),
                "ours": lambda: sample(model, settings),
            },
            rounds=9,
        )
        faster = times["generate"] / times["ours"]
        same = sample(without_cache, settings) == sample(model, settings)
        rates = [f"{batch / seconds:,.0f}" for seconds in times.values()]
        return [batch, *rates, f"{faster:.1f}", "yes" if same else "NO"]

    arithmetic = f"{params.compute.arithmetic} arithmetic"
    table(
        f"Names per second from a 4-layer GPT: {source} and ours, {arithmetic}; {corpus_name}",
        ("batch", "generate", "ours without cache", "ours", "times faster", "same names"),
        map(row, BATCHES),
    )
