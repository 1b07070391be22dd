"""Bigram models: our counting, evaluation and training, compared with the loops of the lectures.

Counting goes from the list of names to the count matrix. Evaluation goes from the list of names to the mean NLL of the
count model with add-one smoothing. Both include the time to encode the names. Training is 1,000 steps of gradient
descent on the neural bigram, which end at the same loss.
"""

import torch
from torch import Tensor

from benchmarks import baselines
from benchmarks.harness import all_train, medians, read_names, table
from makemore.core.params import Params
from makemore.corpus.bigrams import bigram_table
from makemore.corpus.corpus import Corpus, bigrams_of
from makemore.corpus.split_names import SplitNames
from makemore.corpus.tokens import PAD, inputs_and_targets
from makemore.evaluation import likelihood
from makemore.models.base import catalog
from makemore.training.fit import fit

STEPS, LR, SEED = 1000, 20.0, 2147483647


def main(_: Params) -> None:
    words, source = read_names()
    corpus = all_train(words)
    compare_counting_and_evaluation(words, corpus, source)
    compare_training(corpus)


def compare_counting_and_evaluation(words: list[str], corpus: Corpus, source: str) -> None:
    vocabulary = corpus.vocabulary
    token = {symbol: number for number, symbol in enumerate(vocabulary.symbols)}
    model, _ = fit(catalog.parse_config("count", {"model": "count", "smoothing": 1}), corpus, "count")

    def count() -> Tensor:
        bigrams = bigrams_of(SplitNames.of(words, vocabulary), len(vocabulary))
        return torch.from_numpy(bigram_table(bigrams, len(vocabulary)))

    def evaluate() -> float:
        return likelihood(model, SplitNames.of(words, vocabulary)).mean()

    slow = medians(
        {
            "counting": lambda: baselines.count(words, token),
            "evaluation": lambda: baselines.evaluate(words, token, corpus.bigrams),
        },
        rounds=3,
    )
    # Not interleaved: each case would pay for allocating memory that the other has just returned to the system.
    fast = medians({"counting": count}, rounds=15) | medians({"evaluation": evaluate}, rounds=15)
    n = int(corpus.bigrams.sum())
    differences = {
        "counting": (baselines.count(words, token) - count()).abs().max().item(),
        "evaluation": abs(baselines.evaluate(words, token, corpus.bigrams) - evaluate()),
    }
    table(
        f"Counting and evaluating {n:,} bigrams: {source} (the lecture's loop sums the losses in float32)",
        ("", "lecture, ns per bigram", "ours, ns per bigram", "times faster", "difference"),
        [
            (
                case,
                f"{slow[case] / n * 1e9:,.0f}",
                f"{fast[case] / n * 1e9:,.1f}",
                f"{slow[case] / fast[case]:,.0f}",
                f"{differences[case]:.1e}",
            )
            for case in slow
        ],
    )


def compare_training(corpus: Corpus) -> None:
    inputs, targets = inputs_and_targets(corpus.names["train"].tensor())
    xs, ys = inputs[targets != PAD], targets[targets != PAD]
    values = {"model": "bigram", "steps": STEPS, "lr": LR, "l2": 0.0, "eval_every": STEPS, "seed": SEED}
    config = catalog.parse_config("bigram", values)
    size, losses = len(corpus.vocabulary), []
    times = medians(
        {
            "one-hot rows": lambda: losses.append(baselines.train_one_hot(xs, ys, size, SEED, STEPS, LR)),
            "count matrix": lambda: losses.append(fit(config, corpus, "bigram")[1][-1].train_nll),
        },
        rounds=2,
    )
    theirs, ours = times.values()
    their_loss, our_loss = losses[-2:]
    table(
        f"The neural bigram: {STEPS:,} steps of gradient descent on {len(xs):,} bigrams",
        ("", "seconds", "loss"),
        [
            ("one-hot rows", f"{theirs:.2f}", f"{their_loss:.7f}"),
            ("count matrix", f"{ours:.3f}", f"{our_loss:.7f}"),
            ("times faster, difference", f"{theirs / ours:,.0f}", f"{abs(their_loss - our_loss):.1e}"),
        ],
    )
