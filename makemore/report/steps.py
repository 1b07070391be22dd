"""What each model bought: the best variant of each model against the best one that came before it in the story."""

import math
from dataclasses import dataclass

import altair as alt
import pandas as pd

from makemore.report.descriptions import DESCRIPTIONS
from makemore.report.results import Result
from makemore.report.style import GOOD, WIDTH, AnyChart
from makemore.statistics.ranking import Difference, Losses

ROW = 34  # height of a bar and the space around it, in pixels


@dataclass(frozen=True)
class Step:
    """A model of the story.

    variants: all its variants, the best on dev first
    before: the best variant of the models before it; None for the first one
    difference: the dev NLL of its best variant minus that of `before`
    """

    model: str
    variants: list[Result]
    before: Result | None
    difference: Difference | None

    @property
    def best(self) -> Result:
        """Its best variant."""
        return self.variants[0]

    @property
    def improves(self) -> bool:
        """Whether it is better than all models before it, by however little."""
        return self.difference is None or self.difference.value < 0

    @property
    def bought(self) -> str:
        """What it is worth, as a sentence."""
        variant, loss = self.best.variant, self.best.nll("dev")
        if math.isinf(loss):
            return f"{variant} holds a name of dev impossible, so its loss is infinite."
        if self.before is None or self.difference is None:
            return f"{variant} is where the story starts, at {loss:.3f} nats per symbol."
        value, between = self.difference.value, self.difference.interval
        what = f"{abs(value):.3f} nats per symbol {'less' if self.improves else 'more'} than {self.before.variant}"
        chance = ", which could be chance" if self.difference.verdict == "cannot tell" else ""
        interval = f" (95% interval of the difference: {between.low:+.3f} to {between.high:+.3f})" if between else ""
        return f"{variant} costs {what}, the best of those before it{chance}{interval}.".replace("inf ", "∞ ")


def steps(results: list[Result], losses: Losses) -> list[Step]:
    """The models of `results`, which are sorted by dev NLL, in the order of the story."""
    order = [*DESCRIPTIONS, *(result.metrics.model for result in results)]  # those without a description come last
    found: list[Step] = []
    before: Result | None = None
    for model in dict.fromkeys(order):
        variants = [result for result in results if result.metrics.model == model]
        if variants:
            difference = losses.difference(variants[0].variant, before.variant) if before else None
            found.append(Step(model, variants, before, difference))
            before = variants[0] if found[-1].improves else before
    return found


def steps_chart(story: list[Step]) -> AnyChart | None:
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
