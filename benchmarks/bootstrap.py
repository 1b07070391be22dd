"""Intervals of losses by bootstrap, compared with a literal Python loop over draws and names.

The loop adds the NLLs of a draw one by one. Ours measures all variants on the same draws, so twelve variants take
hardly longer than one.
"""

import random

import numpy as np

from benchmarks.harness import medians, read_names, table
from makemore.core.params import Params
from makemore.statistics.bootstrap import DRAWS, Bootstrap, Floats, Integers, interval


def main(params: Params) -> None:
    words, corpus_name = read_names()
    dev = sorted(set(words))[::10]  # as many as the default dev_share
    symbols = np.array([len(word) + 1 for word in dev])
    nll = np.random.default_rng(1).gamma(4.0, 0.5, (len(dev), len(params.variants))) * symbols[:, None]
    times = medians(
        {
            "loop": lambda: literal(nll[:, 0], symbols),
            "ours": lambda: intervals(nll[:, :1], symbols),
            "all": lambda: intervals(nll, symbols),
        },
        rounds=5,
    )
    variants = nll.shape[1]
    table(
        f"Intervals of losses on {len(dev):,} dev names, {DRAWS:,} draws; {corpus_name}",
        ("variants", "loop, seconds", "ours, seconds", "times faster"),
        [
            [1, f"{times['loop']:.2f}", f"{times['ours']:.3f}", f"{times['loop'] / times['ours']:.0f}"],
            [
                variants,
                f"{variants * times['loop']:.1f} (estimated)",
                f"{times['all']:.3f}",
                f"{variants * times['loop'] / times['all']:.0f}",
            ],
        ],
    )


def intervals(nll: Floats, symbols: Integers) -> list[tuple[float, float]]:
    """The interval of each variant."""
    return [interval(losses) for losses in Bootstrap(symbols).draw(nll).T]


def literal(nll: Floats, symbols: Integers) -> tuple[float, float]:
    """The interval of one variant, as the textbook describes it."""
    values, counts, generator = nll.tolist(), symbols.tolist(), random.Random(1)  # noqa: S311 (not a secret)
    names, losses = range(len(values)), []
    for _ in range(DRAWS):
        drawn = generator.choices(names, k=len(names))
        losses.append(sum(values[name] for name in drawn) / sum(counts[name] for name in drawn))
    losses.sort()
    return losses[DRAWS // 40], losses[-1 - DRAWS // 40]
