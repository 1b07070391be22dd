"""The lesson in the page: a neural bigram that is trained there, from random weights to the count model's table."""

from typing import Any

from makemore.models.base import catalog
from makemore.report.stage_outputs import Result, best_of

MOST_SYMBOLS = 60  # of a heat map that can still be read


def lesson(results: list[Result]) -> dict[str, Any] | None:
    """What the page needs, as JSON; None without a bigram and a count variant, or with too many symbols.

    weights: the initial weights of the bigram variant, row by row
    counts: how often each symbol (column) follows each symbol (row) in train
    count_nll: the train NLL of the count variant, which the bigram approaches
    """
    bigram, count = best_of("bigram", results), best_of("count", results)
    if bigram is None or count is None or len(bigram.model.vocabulary) > MOST_SYMBOLS:
        return None
    config, vocabulary = bigram.model.config.model_dump(), bigram.model.vocabulary
    initial = catalog.build(bigram.model.config, vocabulary, bigram.model.longest).get_parameter("weights")
    return {
        "symbols": list(vocabulary.symbols),
        "weights": initial.flatten().tolist(),
        "counts": count.model.get_buffer("counts").flatten().tolist(),
        "count_variant": count.variant,
        "count_nll": count.nll("train"),
        "lr": config["lr"],
        "l2": config["l2"],
    }
