"""The charts of the report: which there are, and those of training curves and of losses by position."""

import math

import altair as alt
import pandas as pd

from makemore.report.heat_maps import counts_map, tables_map
from makemore.report.losses import losses_chart
from makemore.report.quality import quality_against
from makemore.report.results import Result
from makemore.report.steps import steps_chart
from makemore.report.story import Story
from makemore.report.style import LINE, WIDTH, AnyChart, curve_lines, styled, variant_color


def charts(story: Story) -> dict[str, AnyChart]:
    """Every chart of the report, by the name of its figure. Charts with nothing to show are left out."""
    results = story.results
    order = [result.variant for result in results]
    drawn: dict[str, AnyChart | None] = {
        "steps": steps_chart(story.steps),
        "counts": counts_map(story.pairs),
        "tables": tables_map(story.pairs),
        "losses": losses_chart(results, story.ranking, order),
        "sizes": _sizes(results, order),
        "curves": _curves(results, order),
        "positions": _positions(results, order),
    }
    return {name: styled(chart) for name, chart in drawn.items() if chart is not None}


def _sizes(results: list[Result], order: list[str]) -> AnyChart | None:
    rows = [
        {"variant": result.variant, "parameters": result.metrics.n_params, "nll": result.nll("dev")}
        for result in results
        if result.metrics.n_params and math.isfinite(result.nll("dev"))  # a logarithmic axis has no zero
    ]
    return quality_against(pd.DataFrame(rows), "parameters", "parameters", order) if rows else None


def _curves(results: list[Result], order: list[str]) -> AnyChart | None:
    trained = {result.variant: result.curve for result in results if len(result.curve) > 1}
    if not trained:
        return None
    return alt.layer(curve_lines(trained, order), _references(results)).properties(width=WIDTH, height=340)


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


def _positions(results: list[Result], order: list[str]) -> AnyChart:
    rows = [
        {
            "variant": result.variant,
            "position": position,
            "nll": float(nll),
            "label": f"{result.variant}, symbol {position}: {nll:.3f} nats",
        }
        for result in results
        for position, nll in enumerate(result.details.dev_nll_by_position, 1)
        if math.isfinite(float(nll))
    ]
    base = alt.Chart(pd.DataFrame(rows, columns=["variant", "position", "nll", "label"])).encode(
        x=alt.X(
            "position:Q",
            title="place in the name (1: its first symbol)",
            scale=alt.Scale(zero=False),
            axis=alt.Axis(tickMinStep=1, format="d"),
        ),
        y=alt.Y("nll:Q", title="dev loss (nats per symbol)"),
        color=variant_color(order, shown=order),
    )
    dots = base.mark_point(filled=True, size=25, opacity=1).encode(description="label:N")
    return alt.layer(base.mark_line().encode(description="variant:N"), dots).properties(width=WIDTH, height=300)
