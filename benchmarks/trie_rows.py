"""Prefix-trie rows: the positions and time of a training step, compared with the same names as padded rows.

The time is that of the forward and backward pass of the variant gpt-modern, without the optimiser. Both have the same
gradient.
"""

import torch

from benchmarks.harness import all_train, medians, read_names, table
from makemore.core.params import Params
from makemore.corpus.tokens import PAD
from makemore.models import base
from makemore.models.base.catalog import build, parse_config
from makemore.models.base.trie import trie_rows

BATCHES = (64, 128, 256, 512)


def main(params: Params) -> None:
    names, source = read_names()
    corpus = all_train(names)
    model = build(parse_config("gpt-modern", params.variants["gpt-modern"]), corpus.vocabulary, corpus.longest)
    generator = torch.Generator().manual_seed(1)

    def row(size: int) -> list[object]:
        chosen = torch.randperm(len(corpus.names["train"]), generator=generator)[:size]
        batch = corpus.names["train"].take(chosen.numpy())
        times = medians(
            {
                "padded": lambda: base.Model.loss(model, batch).backward(),
                "trie rows": lambda: model.loss(batch).backward(),
                "layout": lambda: trie_rows(batch, len(corpus.vocabulary)),
            },
            rounds=20,
        )
        padded, slots = batch[:, 1:].numel(), trie_rows(batch, len(corpus.vocabulary)).source.numel()
        symbols = int((batch[:, 1:] != PAD).sum())
        milliseconds = [f"{seconds * 1000:.1f}" for seconds in times.values()]
        faster = times["padded"] / times["trie rows"]
        return [size, padded, symbols, slots, *milliseconds, f"{padded / slots:.2f}", f"{faster:.2f}"]

    columns = ("batch", "padded positions", "symbols", "slots", "padded, ms", "trie rows, ms", "of which layout, ms")
    table(
        f"A training step with padded rows and with prefix-trie rows: {source}",
        (*columns, "times fewer positions", "times faster"),
        map(row, BATCHES),
    )
