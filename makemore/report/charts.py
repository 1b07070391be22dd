"""The charts of the report."""

import math

import altair as alt
import pandas as pd
from torch import Tensor

from makemore.core.corpus import Corpus
from makemore.report.losses import losses_chart
from makemore.report.results import Result, comparison
from makemore.report.style import (
    REFERENCE_COLOR,
    WIDTH,
    AnyChart,
    curve_lines,
    quality_against,
    styled,
    variant_color,
)
from makemore.report.transitions import Transitions
from makemore.statistics.ranking import Ranking


def charts(results: list[Result], ranking: Ranking, corpus: Corpus) -> dict[str, AnyChart]:
    """Every chart of the report, by the name of its figure. Charts with nothing to show are left out."""
    order = list(comparison(results, ranking)["variant"])
    drawn: dict[str, AnyChart | None] = {
        "losses": losses_chart(results, ranking, order),
        "sizes": _sizes(results, order),
        "curves": _curves(results, order),
        "positions": _positions(results, order),
        "heatmaps": _heat_maps(results, corpus),
    }
    return {name: styled(chart) for name, chart in drawn.items() if chart is not None}


def _references(results: list[Result]) -> AnyChart:
    """Thin reference lines at the dev NLL of the uniform and the count models."""
    rows = [
        {"nll": result.nll("dev"), "label": f"{result.variant} {result.nll('dev'):.3f}"}
        for result in results
        if result.metrics["model"] in ("uniform", "count") and math.isfinite(result.nll("dev"))
    ]
    base = alt.Chart(pd.DataFrame(rows, columns=["nll", "label"])).encode(y="nll:Q")
    line = base.mark_rule(strokeDash=[4, 3], color=REFERENCE_COLOR)
    text = base.mark_text(color=REFERENCE_COLOR, fontSize=10, align="right", dy=-6)
    return alt.layer(line, text.encode(text="label:N", x=alt.value(WIDTH - 4)))


def _sizes(results: list[Result], order: list[str]) -> AnyChart | None:
    rows = [
        {"variant": result.variant, "parameters": result.metrics["n_params"], "nll": result.nll("dev")}
        for result in results
        if result.metrics["n_params"] and math.isfinite(result.nll("dev"))  # a logarithmic axis has no zero
    ]
    if not rows:
        return None
    return quality_against(pd.DataFrame(rows), "parameters", "parameters", order)


def _curves(results: list[Result], order: list[str]) -> AnyChart | None:
    trained = {result.variant: result.curve for result in results if len(result.curve) > 1}
    if not trained:
        return None
    return alt.layer(curve_lines(trained, order), _references(results)).properties(width=WIDTH, height=300)


def _positions(results: list[Result], order: list[str]) -> AnyChart:
    rows = [
        {"variant": result.variant, "position": position, "nll": float(nll)}
        for result in results
        for position, nll in enumerate(result.details["dev_nll_by_position"], 1)
        if math.isfinite(float(nll))
    ]
    chart: alt.Chart = (
        alt.Chart(pd.DataFrame(rows, columns=["variant", "position", "nll"]))
        .mark_line(point=True)
        .encode(
            x=alt.X("position:O", title="position in the name (1: its first character)", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("nll:Q", title="dev NLL (nats per symbol)"),
            color=variant_color(order, shown=order),
            tooltip=["variant", "position", alt.Tooltip("nll:Q", format=".4f")],
        )
        .properties(width=WIDTH, height=240)
    )
    return chart


def _heat_maps(results: list[Result], corpus: Corpus) -> AnyChart:
    """The bigram counts of train, next to the probabilities of each model with one symbol of context."""
    bigrams = Transitions.of(corpus)
    maps = [_heat_map("bigram counts of train", "count", bigrams.counts, bigrams.shown, corpus, ",d", "sqrt")]
    for result in results:
        if result.model.block_size == 1:
            probabilities, title = bigrams.expected(result.model), f"P(next | current), {result.variant}"
            maps.append(_heat_map(title, "P", probabilities, bigrams.shown, corpus, ".4f", "linear"))
    side_by_side: alt.HConcatChart = alt.hconcat(*maps).resolve_scale(color="independent")
    return side_by_side


def _heat_map(
    title: str, value: str, matrix: Tensor, shown: Tensor, corpus: Corpus, number: str, scale: str
) -> AnyChart:
    """A heat map of `matrix` (S, S), whose rows and columns are the symbols `shown` (S)."""
    symbols = corpus.vocabulary.symbols
    order = [symbols[token] for token in shown.tolist()]
    rows = [
        {"current": current, "next": following, value: round(matrix[i, j].item(), 4)}
        for i, current in enumerate(order)
        for j, following in enumerate(order)
    ]
    if len(shown) < len(symbols):
        title += f" (the {len(shown)} most frequent of {len(symbols)} symbols)"
    chart: alt.Chart = (
        alt.Chart(pd.DataFrame(rows), title=title)
        .mark_rect()
        .encode(
            x=alt.X("next:N", sort=order, title="next symbol", axis=alt.Axis(labelAngle=0, orient="top")),
            y=alt.Y("current:N", sort=order, title="current symbol"),
            color=alt.Color(f"{value}:Q", scale=alt.Scale(scheme="blues", type=scale)),  # type: ignore[arg-type]
            tooltip=["current", "next", alt.Tooltip(f"{value}:Q", format=number)],
        )
        .properties(width=alt.Step(11), height=alt.Step(11))
    )
    return chart
