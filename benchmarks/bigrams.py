"""Bigrams: counting, evaluating and training them, against the tutorials' loops.

Counting is from the list of names to the count matrix, evaluating from the list of names to the mean NLL of the add-one
smoothed count model: both pay for encoding the names. Training is the neural bigram's 1,000 steps of gradient descent,
to the same loss.
"""

from torch import Tensor

from benchmarks import tutorials
from benchmarks.harness import medians, read_names, table
from makemore import models
from makemore.corpus import PAD, Corpus, bigram_counts, encode_rows, inputs_and_targets
from makemore.evaluation import likelihood
from makemore.params import Params
from makemore.training import train

STEPS, LR, SEED = 1000, 20.0, 2147483647


def main(_: Params) -> None:
    words, source = read_names()
    corpus = Corpus.of({"train": words, "dev": words[:1], "test": []}, ".")
    counting_and_evaluating(words, corpus, source)
    training(corpus)


def counting_and_evaluating(words: list[str], corpus: Corpus, source: str) -> None:
    vocabulary, longest = corpus.vocabulary, corpus.longest
    token = {symbol: number for number, symbol in enumerate(vocabulary.symbols)}
    model, _ = train(models.parse_config("count", {"model": "count", "smoothing": 1}), corpus, "count")

    def count() -> Tensor:
        return bigram_counts(encode_rows(words, vocabulary, longest), len(vocabulary))

    def evaluate() -> float:
        return likelihood(model, encode_rows(words, vocabulary, longest)).mean()

    slow = medians(
        {
            "counting": lambda: tutorials.count(words, token),
            "evaluating": lambda: tutorials.evaluate(words, token, corpus.bigrams),
        },
        rounds=3,
    )
    # One after the other: in turns, each would pay for the memory that the other has handed back to the system.
    fast = medians({"counting": count}, rounds=15) | medians({"evaluating": evaluate}, rounds=15)
    n = int(corpus.bigrams.sum())
    differences = {
        "counting": (tutorials.count(words, token) - count()).abs().max().item(),
        "evaluating": abs(tutorials.evaluate(words, token, corpus.bigrams) - evaluate()),
    }
    table(
        f"Counting and evaluating {n:,} bigrams: {source} (the tutorial adds up losses in float32)",
        ("", "tutorial, ns a bigram", "ours, ns a bigram", "times faster", "difference"),
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


def training(corpus: Corpus) -> None:
    inputs, targets = inputs_and_targets(corpus.rows["train"])
    xs, ys = inputs[targets != PAD], targets[targets != PAD]
    values = {"model": "bigram", "steps": STEPS, "lr": LR, "l2": 0.0, "eval_every": STEPS, "seed": SEED}
    config = models.parse_config("bigram", values)
    size, losses = len(corpus.vocabulary), []
    times = medians(
        {
            "one-hot rows": lambda: losses.append(tutorials.train_one_hot(xs, ys, size, SEED, STEPS, LR)),
            "count matrix": lambda: losses.append(train(config, corpus, "bigram")[1][-1].train_nll),
        },
        rounds=2,
    )
    literal, ours = times.values()
    loss, reached = losses[-2:]
    table(
        f"The neural bigram, {STEPS:,} steps of gradient descent on {len(xs):,} bigrams",
        ("", "seconds", "loss"),
        [
            ("one-hot rows", f"{literal:.2f}", f"{loss:.7f}"),
            ("count matrix", f"{ours:.3f}", f"{reached:.7f}"),
            ("times faster, difference", f"{literal / ours:,.0f}", f"{abs(loss - reached):.1e}"),
        ],
    )
