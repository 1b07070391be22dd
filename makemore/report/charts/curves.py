"""The charts of the loss during training, and by position in the name."""

import math

import altair as alt
import pandas as pd

from makemore.core.curve import COLUMNS, Point
from makemore.report.charts.style import LINE, WIDTH, AnyChart, variant_color
from makemore.report.stage_outputs import Result
from makemore.report.story import Story


def curves_chart(story: Story) -> AnyChart | None:
    """The training curves of the variants that are trained in steps."""
    trained = {result.variant: result.curve for result in story.results if len(result.curve) > 1}
    if not trained:
        return None
    lines, references = _curve_lines(trained, story.variants), _references(story.results)
    return alt.layer(lines, references).properties(width=WIDTH, height=240)


def _curve_lines(curves: dict[str, list[Point]], order: list[str]) -> AnyChart:
    """The NLL on train and dev against the training step, for the curve of each variant."""
    points = pd.concat([pd.DataFrame(curve, columns=COLUMNS).assign(variant=name) for name, curve in curves.items()])
    long = points.melt(["variant", "step"], ["train_nll", "dev_nll"], "split", "nll")
    long["split"] = long["split"].str.removesuffix("_nll")
    long["label"] = long["variant"] + ", " + long["split"]
    lines: alt.Chart = (
        alt.Chart(long)
        .mark_line()
        .encode(
            x=alt.X("step:Q", title="training step", axis=alt.Axis(tickCount=6)),
            y=alt.Y("nll:Q", title="loss (nats per symbol)", scale=alt.Scale(zero=False)),
            color=variant_color(order, shown=list(curves)),
            strokeDash=alt.StrokeDash("split:N", sort=["dev", "train"], legend=None),
            description="label:N",
        )
    )
    return lines


def _references(results: list[Result]) -> AnyChart:
    """Thin reference lines at the dev NLL of the uniform and the count models."""
    rows = [
        {"nll": result.nll("dev"), "label": f"{result.variant} {result.nll('dev'):.3f}"}
        for result in results
        if result.metrics.model in ("uniform", "count") and math.isfinite(result.nll("dev"))
    ]
    base = alt.Chart(pd.DataFrame(rows, columns=["nll", "label"])).encode(y="nll:Q")
    line = base.mark_rule(strokeDash=[4, 3], color=LINE, aria=False)
    text = base.mark_text(align="right", dy=-7, opacity=0.75)
    return alt.layer(line, text.encode(text="label:N", x=alt.value(WIDTH - 4)))


def positions_chart(story: Story) -> AnyChart:
    """The dev NLL of each symbol of a name, by its place."""
    rows = positions(story.results)
    rows["label"] = [f"{v}, symbol {position}: {nll:.3f} nats" for v, position, nll in rows.itertuples(index=False)]
    base = alt.Chart(rows).encode(
        x=alt.X(
            "position:Q",
            title="place in the name (1: its first symbol)",
            scale=alt.Scale(zero=False),
            axis=alt.Axis(tickMinStep=1, format="d"),
        ),
        y=alt.Y("dev_nll:Q", title="dev loss (nats per symbol)"),
        color=variant_color(story.variants, shown=story.variants),
    )
    dots = base.mark_point(filled=True, size=25, opacity=1).encode(description="label:N")
    return alt.layer(base.mark_line().encode(description="variant:N"), dots).properties(width=WIDTH, height=240)


def positions(results: list[Result]) -> pd.DataFrame:
    """The dev NLL by position in the name, from 1, if it is finite: columns variant, position, dev_nll."""
    rows = [
        (result.variant, position, nll)
        for result in results
        for position, nll in enumerate(result.details.dev_nll_by_position, 1)
        if math.isfinite(nll)
    ]
    return pd.DataFrame(rows, columns=["variant", "position", "dev_nll"])
