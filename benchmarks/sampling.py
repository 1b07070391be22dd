"""Sampling: names per second, against the reference script's `generate`, for the same GPT and the same batch.

The reference computes every position anew for each symbol, for all names up to the length of the longest there is. Ours
remembers keys and values, and names that have ended leave the batch. A third column is ours without the memory: it
must draw the same names. Both GPTs have the same form and size, 4 layers of width 64. Ours is trained a little, so that
its names end when they should; for the reference's time its weights do not matter, and they are random.
"""

import torch

from benchmarks.harness import medians, read_names, reference, table
from makemore.corpus import Corpus
from makemore.models import Model, gpt
from makemore.params import Params
from makemore.sampling import sample
from makemore.training import Loop

SIZE = {"n_layer": 4, "n_head": 4, "n_embd": 64, "ngram_embedding": 1, "dropout": 0.0}
STEPS, BATCHES = 300, (50, 200, 1000)


class WithoutMemory(gpt.Model):
    """The GPT, reading everything anew for each symbol."""

    advance = Model.advance


def main(params: Params) -> None:
    words, corpus_name = read_names()
    corpus = Corpus.of({"train": words, "dev": words[:100], "test": []}, ".")
    values = params.variants["gpt"] | SIZE | {"steps": STEPS, "eval_every": STEPS}
    config = gpt.Config.model_validate(values)
    loop = Loop.start(corpus, config)
    for _ in range(STEPS):
        loop.advance()
    model = loop.best_model()
    forgetful = WithoutMemory(config, model.vocabulary, model.longest).eval()
    forgetful.load_state_dict(model.state_dict())
    makemore, source = reference()
    size = makemore.ModelConfig(block_size=model.block_size, vocab_size=len(model.vocabulary))
    theirs = makemore.Transformer(size).eval()

    def row(batch: int) -> list[object]:
        settings = params.sample.model_copy(update={"names": batch, "batch_size": batch, "max_length": model.longest})
        start = torch.zeros(batch, 1, dtype=torch.int64)
        times = medians(
            {
                "generate": lambda: makemore.generate(theirs, start, model.longest, do_sample=True),
                "without": lambda: sample(forgetful, settings),
                "ours": lambda: sample(model, settings),
            },
            rounds=9,
        )
        faster = times["generate"] / times["ours"]
        same = sample(forgetful, settings) == sample(model, settings)
        rates = [f"{batch / seconds:,.0f}" for seconds in times.values()]
        return [batch, *rates, f"{faster:.1f}", "yes" if same else "NO"]

    table(
        f"Names per second from a 4-layer GPT, against {source}, {params.compute.determinism} mode; {corpus_name}",
        ("batch", "generate", "ours without memory", "ours", "times faster", "same draws"),
        map(row, BATCHES),
    )
