"""The heat maps of pairs of symbols: a row for each current symbol, a column for each next one.

The shade is the opacity of one colour, so a map looks right on a light and on a dark page.
"""

import json
from typing import Any

import altair as alt
import pandas as pd
from torch import Tensor

from makemore.report.charts.style import BAD, GOOD, AnyChart
from makemore.report.pairs import Pairs, PairTable

NUMBERED, PLAIN, SMALL = 36, 24, 10  # the side of a cell, in pixels: with a number in it, without, and of a table
MOST_NUMBERS = 28  # symbols; of more than these, cells are too small for numbers
DARKEST = 0.7  # opacity: numbers can still be read on it
DECIMALS = 6  # of a probability: the last ones could depend on the machine
CURRENT, NEXT = "current symbol", "next symbol"


def counts_map(pairs: Pairs) -> AnyChart:
    """How often each pair occurs in train, with the numbers."""
    numbered = len(pairs.symbols) <= MOST_NUMBERS
    rows = _rows(pairs, pairs.counts.double(), "{:,.0f} times")
    rows["text"] = [_short(int(value)) for value in rows["value"]]
    base = _base(rows, pairs, NUMBERED if numbered else PLAIN, font=12)
    largest = max(1.0, float(rows["value"].max()))
    cells = base.mark_rect(color=GOOD).encode(opacity=_opacity(largest, DARKEST), description="label:N")
    texts = base.transform_filter("datum.value > 0").mark_text(fontSize=9).encode(text="text:N")
    return alt.layer(cells, texts) if numbered else cells


def table_map(pairs: Pairs, table: PairTable | None) -> AnyChart | None:
    """The probabilities in the table of a variant."""
    if table is None:
        return None
    rows = _rows(pairs, table.probabilities.round(decimals=DECIMALS), "{:.2%}")
    cells = _base(rows, pairs, SMALL).mark_rect(color=GOOD)
    chart: alt.Chart = cells.encode(opacity=_opacity(1.0), description="label:N")
    return chart


def difference_map(pairs: Pairs) -> AnyChart | None:
    """The learned table minus the counted one."""
    if pairs.difference is None:
        return None
    rows = _rows(pairs, pairs.difference.round(decimals=DECIMALS), "{:+.2%} points")
    rows["sign"] = ["learned is higher" if value > 0 else "counted is higher" for value in rows["value"]]
    rows["value"] = rows["value"].abs()
    cells = _base(rows, pairs, SMALL).mark_rect()
    scale = alt.Scale(domain=["learned is higher", "counted is higher"], range=[BAD, GOOD])
    color = alt.Color("sign:N", scale=scale, legend=None)
    # The scale of the tables, to 100%: a difference is as dark as a probability of its size.
    chart: alt.Chart = cells.encode(opacity=_opacity(1.0), color=color, description="label:N")
    return chart


def _rows(pairs: Pairs, matrix: Tensor, words: str) -> pd.DataFrame:
    """A row for each cell: current and next (numbers of symbols), value, and a label with the value in `words`."""
    symbols, values = list(enumerate(pairs.symbols)), matrix.tolist()
    return pd.DataFrame(
        [
            {"current": i, "next": j, "value": value, "label": f"{first} then {second}: {words.format(value)}"}
            for i, first in symbols
            for (j, second), value in zip(symbols, values[i], strict=True)
        ]
    )


def _base(rows: pd.DataFrame, pairs: Pairs, cell: int, font: int = 8) -> alt.Chart:
    """A square of cells. Symbols are labels of numbers: two symbols may be shown in the same way."""
    axis: dict[str, Any] = {
        "labelExpr": f"{json.dumps(pairs.symbols)}[datum.value]",
        "labelFontSize": font,
        "labelOverlap": False,
        "labelPadding": 2,
        "ticks": False,
        "domain": False,
    }
    chart: alt.Chart = (
        alt.Chart(rows)
        .encode(
            x=alt.X("next:O", title=NEXT, axis=alt.Axis(labelAngle=0, orient="top", **axis)),
            y=alt.Y("current:O", title=CURRENT, axis=alt.Axis(**axis)),
        )
        .properties(width=alt.Step(cell), height=alt.Step(cell))
    )
    return chart


def _opacity(largest: float, darkest: float = 1.0) -> alt.Opacity:
    """From nothing for 0 to `darkest` for `largest`. The square root shows small values too."""
    scale = alt.Scale(type="sqrt", domain=[0, largest], range=[0, darkest])
    return alt.Opacity("value:Q", legend=None, scale=scale)


def _short(number: int) -> str:
    """A count in at most five characters."""
    for limit, divisor, unit in ((10**4, 1, ""), (10**7, 10**3, "k"), (10**10, 10**6, "M")):
        if number < limit:
            return f"{number // divisor}{unit}"
    return f"{number // 10**9}G"
