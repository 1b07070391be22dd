"""The chart of what each model bought: a staircase down from the first loss to the lowest one."""

import math

import altair as alt
import pandas as pd

from makemore.report.charts.style import GOOD, WIDTH, AnyChart
from makemore.report.stage_outputs import Result
from makemore.report.steps import Step

ROW = 34  # height of a bar and the space around it, in pixels


def staircase(story: list[Step]) -> AnyChart | None:
    """A staircase: for each model that improves on those before it, a bar from their loss to its own."""
    better = [
        (step.before, step.best)
        for step in story
        if step.improves and step.before and math.isfinite(step.before.nll("dev"))
    ]
    if not better:
        return None
    start = better[0][0]
    rows = pd.DataFrame([_row(start, start), *(_row(*pair) for pair in better)])
    low, high = rows["to"].min(), rows["from"].max()
    margin = 0.15 * (high - low)  # room for the numbers
    domain = [round(low - margin, 3), round(high + margin, 3)]
    axis = alt.X("from:Q", title="dev loss (nats per symbol)", scale=alt.Scale(domain=domain, nice=False))
    base = alt.Chart(rows).encode(y=alt.Y("variant:N", sort=list(rows["variant"]), title=None))
    bars = base.mark_bar(height=14, color=GOOD).encode(x=axis, x2="to:Q", description="label:N")
    ends = base.mark_tick(thickness=3, size=22, color=GOOD).encode(x="to:Q", description="label:N")
    bought = base.mark_text(align="left", dx=5).encode(x="from:Q", text="bought:N")
    reached = base.mark_text(align="right", dx=-5).encode(x="to:Q", text="reached:N")
    return alt.layer(bars, ends, bought, reached).properties(width=WIDTH, height=ROW * len(rows))


def _row(before: Result, after: Result) -> dict[str, object]:
    start, end = before.nll("dev"), after.nll("dev")
    return {
        "variant": after.variant,
        "from": start,
        "to": end,
        "bought": f"−{start - end:.3f}" if after is not before else "",
        "reached": f"{end:.3f}",
        "label": f"{after.variant}: {end:.4f} nats per symbol",
    }
