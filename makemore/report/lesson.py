"""The lesson in the page: a neural bigram that is trained there, from random weights to the count model's table."""

from typing import Any

from makemore.models.base import catalog
from makemore.report.results import Result

MOST_SYMBOLS = 60  # of a heat map that can still be read


def lesson(results: list[Result]) -> dict[str, Any] | None:
    """What the page needs, as JSON; None without a bigram and a count variant, or with too many symbols.

    weights: the initial weights of the bigram variant, row by row
    counts: how often each symbol (column) follows each symbol (row) in train
    count_nll: the train NLL of the count variant, which the bigram approaches
    """
    bigram, count = (
        next((result for result in results if result.metrics.model == model), None) for model in ("bigram", "count")
    )
    if bigram is None or count is None or len(bigram.model.vocabulary) > MOST_SYMBOLS:
        return None
    config, vocabulary = bigram.model.config, bigram.model.vocabulary
    initial = catalog.build(config, vocabulary, bigram.model.longest).get_parameter("weights")
    return {
        "symbols": list(vocabulary.symbols),
        "weights": initial.flatten().tolist(),
        "counts": count.model.get_buffer("counts").flatten().tolist(),
        "count_variant": count.variant,
        "count_nll": count.nll("train"),
        "lr": config.model_dump()["lr"],
        "l2": config.model_dump()["l2"],
    }
