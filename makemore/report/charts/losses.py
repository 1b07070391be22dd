"""The chart of losses: a dot with its interval for dev and test of every variant, on an axis that starts near the best.

Filled dots are dev, hollow ones test, and the best variant has its colour.

A variant that knows nothing (model uniform) is far from all others. If it were on the axis, the differences between the
others could not be seen, so its loss is written at the edge instead.
"""

import math

import altair as alt
import pandas as pd

from makemore.report.charts.style import INK, WIDTH, AnyChart, best_color
from makemore.report.stage_outputs import Result
from makemore.report.story import Story
from makemore.statistics.names import HELD_OUT
from makemore.statistics.ranking import Ranking

ROW = 34  # height of a variant, in pixels
COLUMNS = ["variant", "split", "nll", "low", "high", "label"]


def losses_chart(story: Story) -> AnyChart:
    """The chart; the best variant is at the top."""
    results, order = story.results, story.variants
    known = [result for result in results if result.metrics.model != "uniform"] or results
    off = [result for result in results if result not in known]
    dotted = [(result, split) for result in known for split in HELD_OUT if math.isfinite(result.nll(split))]
    rows = pd.DataFrame([_row(*dot) for dot in dotted], columns=COLUMNS)
    y = alt.Y("variant:N", sort=order, title=None, scale=alt.Scale(domain=order))
    color = best_color(story.best.variant, order)
    base = alt.Chart(rows).encode(y=y, color=color, yOffset=alt.YOffset("split:N", sort=list(HELD_OUT)))
    intervals = base.mark_rule(strokeWidth=2).encode(x=_x("low"), x2="high:Q", description="label:N")
    dots = [
        base.transform_filter(alt.datum.split == split)
        .mark_point(filled=split == "dev", size=55, opacity=1)
        .encode(x=_x("nll"), description="label:N")
        for split in HELD_OUT
    ]
    layers = [
        *([_shades(story.ranking, y)] if len(story.ranking.groups) > 1 else []),
        *(intervals, *dots, _numbers(base)),
        *([_off_the_axis(off, y)] if off else []),
    ]
    return alt.layer(*layers).properties(width=WIDTH, height=ROW * len(results))


def _x(column: str) -> alt.X:
    return alt.X(
        f"{column}:Q", title="loss (nats per symbol): further left is better", scale=alt.Scale(zero=False, padding=24)
    )


def _row(result: Result, split: str) -> tuple[object, ...]:
    """The dot of a variant on a split, with the ends of its interval."""
    nll, interval = result.nll(split), result.interval(split)
    low, high = interval or (nll, nll)
    between = f", 95% interval {low:.3f} to {high:.3f}" if interval else ""
    return result.variant, split, nll, low, high, f"{result.variant}, {split}: {nll:.4f} nats per symbol{between}"


def _shades(ranking: Ranking, y: alt.Y) -> alt.Chart:
    """A background behind every other rank."""
    shaded = pd.DataFrame({"variant": [variant for group in ranking.groups[1::2] for variant in group]})
    rectangles: alt.Chart = alt.Chart(shaded).mark_rect(color="#888", opacity=0.15, aria=False).encode(y=y)
    return rectangles


def _numbers(base: alt.Chart) -> alt.Chart:
    """The dev NLL, to the right of its interval."""
    text = base.transform_filter(alt.datum.split == "dev").mark_text(align="left", dx=4)
    placed: alt.Chart = text.encode(x=_x("high"), text=alt.Text("nll:Q", format=".3f"), color=alt.value(INK))
    return placed


def _off_the_axis(results: list[Result], y: alt.Y) -> alt.Chart:
    """The dev NLL of each variant that is not on the axis, at the right edge."""
    rows = pd.DataFrame([{"variant": result.variant, "label": f"{result.nll('dev'):.3f} →"} for result in results])
    text = alt.Chart(rows).mark_text(align="right", opacity=0.75)
    placed: alt.Chart = text.encode(y=y, text="label:N", x=alt.value(WIDTH - 4))
    return placed
