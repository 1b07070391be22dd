"""The data of the plots that `dvc plots show` and `dvc plots diff` draw, as CSV.

dvc.yaml names the files and their axes; .dvc/plots has the templates. Every table is in long form: each row is a point,
and a column says which variant it belongs to. So another variant is more rows, and dvc.yaml stays as it is. Losses are
in nats per symbol. Infinite ones are left out, because no axis can show them.
"""

import math

import pandas as pd

from makemore.core.curve import COLUMNS
from makemore.report.charts.curves import positions
from makemore.report.pairs import Pairs
from makemore.report.stage_outputs import Result
from makemore.report.story import Story

DIGITS = 6  # after the decimal point


def plots(story: Story) -> dict[str, str]:
    """The content of each file, by its name. Legends list the variants in the order of `story.results`."""
    tables = {
        "curves": _curves(story.results),
        "positions": positions(story.results),
        "transitions": _transitions(story.pairs),
    }
    return {name: table.round(DIGITS).to_csv(index=False, lineterminator="\n") for name, table in tables.items()}


def _curves(results: list[Result]) -> pd.DataFrame:
    """The training curves. A model that is not trained in steps has a single point, which is drawn as a line."""
    rows = [(result.variant, *point) for result in results for point in result.curve if math.isfinite(point.dev_nll)]
    return pd.DataFrame(rows, columns=["variant", *COLUMNS]).drop(columns="lr")


def _transitions(pairs: Pairs) -> pd.DataFrame:
    """P(next | current) for the symbols that are shown: their shares in train, and the two tables of models."""
    tables = {table.variant: table.probabilities for table in (pairs.counted, pairs.learned) if table}
    rows = [
        (name, current, following, probability)
        for name, matrix in {"train": pairs.shares, **tables}.items()
        for current, row in zip(pairs.symbols, matrix.tolist(), strict=True)
        for following, probability in zip(pairs.symbols, row, strict=True)
    ]
    return pd.DataFrame(rows, columns=["of", "current", "next", "probability"])
