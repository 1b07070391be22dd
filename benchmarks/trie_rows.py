"""Prefix-trie rows: positions and time of a training step, against the same names as padded rows.

The model is the variant gpt-modern, forward and backward, without the optimiser; both have the same gradient.
"""

import torch

from benchmarks.harness import medians, read_names, table
from makemore.corpus import PAD, Corpus
from makemore.models import Model, build, parse_config
from makemore.params import Params
from makemore.trie import lay_out

BATCHES = (64, 128, 256, 512)


def main(params: Params) -> None:
    names, source = read_names()
    corpus = Corpus.of({"train": names, "dev": [], "test": []}, ".")
    model = build(parse_config("gpt-modern", params.variants["gpt-modern"]), corpus.vocabulary, corpus.longest)
    generator = torch.Generator().manual_seed(1)

    def row(size: int) -> list[object]:
        batch = corpus.rows["train"][torch.randperm(len(corpus.rows["train"]), generator=generator)[:size]]
        batch = batch[:, (batch != PAD).any(dim=0)]
        times = medians(
            {
                "padded": lambda: Model.loss(model, batch).backward(),
                "tries": lambda: model.loss(batch).backward(),
                "laying out": lambda: lay_out(batch, len(corpus.vocabulary)),
            },
            rounds=20,
        )
        padded, slots = batch[:, 1:].numel(), lay_out(batch, len(corpus.vocabulary)).source.numel()
        symbols = int((batch[:, 1:] != PAD).sum())
        milliseconds = [f"{seconds * 1000:.1f}" for seconds in times.values()]
        faster = times["padded"] / times["tries"]
        return [size, padded, symbols, slots, *milliseconds, f"{padded / slots:.2f}", f"{faster:.2f}"]

    columns = ("names", "padded positions", "symbols", "slots", "padded, ms", "tries, ms", "of it laying out, ms")
    table(
        f"Padded rows and prefix-trie rows: {source}", (*columns, "fewer positions", "times faster"), map(row, BATCHES)
    )
