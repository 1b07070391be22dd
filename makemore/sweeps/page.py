"""The page of a sweep: its table, dev NLL against the values that were tried, and the training curves."""

from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd

from makemore.core.curve import Point
from makemore.report.charts.curves import curve_lines
from makemore.report.charts.figures import svgs
from makemore.report.charts.style import AnyChart, styled, variant_color
from makemore.report.embedded import scripts
from makemore.report.templating import rendered
from makemore.sweeps.seeds import NOTE

TITLES = {"values": "dev NLL against the values that were tried", "curves": "the training curves"}


def sweep_page(
    name: str,
    table: list[list[str]],
    losses: pd.DataFrame,
    parameters: list[str],
    curves: dict[str, list[Point]],
    seeds: list[list[str]],
) -> str:
    """The page as HTML.

    table: the header and one row per experiment
    losses: one row per experiment: variant (its label in the charts), nll (on dev), and the value of each parameter
    parameters: the names of the parameters that were varied
    curves: the training curve of each experiment, by its label
    seeds: the header and rows of the spread over seeds; empty if there is none
    """
    order = list(losses["variant"])
    finite = losses[np.isfinite(losses["nll"])]
    drawn: dict[str, AnyChart] = {}
    trained = {label: curve for label, curve in curves.items() if len(curve) > 1}
    if parameters and len(finite):
        drawn["values"] = alt.hconcat(*(_nll_against(finite, parameter, order) for parameter in parameters))
    if trained:
        drawn["curves"] = curve_lines(trained, order).properties(width=520, height=300)
    figures = svgs({key: styled(chart) for key, chart in drawn.items()})
    tables = [("", table, 2), *([(NOTE, seeds, len(seeds[0]) - 5)] if seeds else [])]  # with the columns of text
    template = Path(__file__).with_name("sweep.html.j2")
    return rendered(template, figures=figures, titles=TITLES, name=name, tables=tables, script=scripts())


def _nll_against(losses: pd.DataFrame, parameter: str, order: list[str]) -> alt.Chart:
    labels = [f"{label}: {nll:.4f}" for label, nll in zip(losses["variant"], losses["nll"], strict=True)]
    chart: alt.Chart = (
        alt.Chart(losses.assign(value=losses[parameter], label=labels))
        .mark_point(filled=True, size=80, opacity=1)
        .encode(
            x=alt.X("value:O", title=parameter, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("nll:Q", title="dev NLL (nats per symbol)", scale=alt.Scale(zero=False)),
            color=variant_color(order, shown=order),
            description="label:N",
        )
        .properties(width=260, height=240)
    )
    return chart
