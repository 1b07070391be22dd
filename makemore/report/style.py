"""What charts have in common: their style, and the charts that the report, sweeps and docs share.

The same Altair chart is the interactive chart of a page and the SVG figure of the Markdown report. The renderer ships
the font, so a figure is the same on every machine.
"""

import altair as alt
import pandas as pd

from makemore.models.base.curve import COLUMNS, Point
from makemore.report import render

FONT = "Liberation Sans, Arial, sans-serif"
SPLIT_COLORS = ["#c6dbef", "#3182bd", "#08306b"]  # train, dev, test
REFERENCE_COLOR = "#666"
WIDTH = 520  # of a chart, in pixels

AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart

alt.data_transformers.disable_max_rows()


def styled(chart: AnyChart) -> AnyChart:
    """`chart` in the report's style."""
    configured: AnyChart = chart.configure(font=FONT).configure_view(strokeOpacity=0).configure_axis(grid=False)
    return configured


def variant_color(order: list[str], shown: list[str]) -> alt.Color:
    """The colour of a variant, the same in every chart of a page even if only some variants are `shown`."""
    return alt.Color("variant:N", scale=alt.Scale(domain=order, scheme="tableau20"), legend=alt.Legend(values=shown))


def curve_lines(curves: dict[str, list[Point]], order: list[str]) -> AnyChart:
    """The NLL on train and dev against the training step, for the curve of each variant."""
    points = pd.concat([pd.DataFrame(curve, columns=COLUMNS).assign(variant=name) for name, curve in curves.items()])
    long = points.melt(["variant", "step"], ["train_nll", "dev_nll"], "split", "nll")
    long["split"] = long["split"].str.removesuffix("_nll")
    lines: alt.Chart = (
        alt.Chart(long)
        .mark_line()
        .encode(
            x=alt.X("step:Q", title="training step"),
            y=alt.Y("nll:Q", title="NLL (nats per symbol)", scale=alt.Scale(zero=False)),
            color=variant_color(order, shown=list(curves)),
            strokeDash=alt.StrokeDash("split:N", sort=["dev", "train"]),
            tooltip=["variant", "split", "step", alt.Tooltip("nll:Q", format=".4f")],
        )
    )
    return lines


def quality_against(rows: pd.DataFrame, column: str, title: str, order: list[str]) -> AnyChart:
    """Dev NLL against a cost on a logarithmic axis. `rows` has the columns variant, nll and `column`, the cost."""
    base = alt.Chart(rows).encode(
        x=alt.X(f"{column}:Q", title=title, scale=alt.Scale(type="log"), axis=alt.Axis(format=",")),
        y=alt.Y("nll:Q", title="dev NLL (nats per symbol)", scale=alt.Scale(zero=False)),
        tooltip=["variant", alt.Tooltip(f"{column}:Q", format=","), alt.Tooltip("nll:Q", format=".4f")],
    )
    points = base.mark_point(filled=True, size=60).encode(color=variant_color(order, shown=list(rows["variant"])))
    names = base.mark_text(align="left", dx=7, fontSize=10).encode(text="variant:N")
    return alt.layer(points, names).properties(width=WIDTH, height=300)


def svgs(charts: dict[str, AnyChart]) -> dict[str, str]:
    """Each chart as a static SVG image.

    Raises UserError if the renderer fails.
    """
    return render.svgs({name: chart.to_dict() for name, chart in charts.items()})
