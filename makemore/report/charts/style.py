"""What charts have in common: colours and fonts.

A chart is drawn once, as SVG (figures.py), and shown on light and dark pages. Text and axes have the colour of the
page's text. Blue means good: likely, cheap, or the best variant; orange is its opposite. All colours have a contrast
of at least 3:1 with both backgrounds, which WCAG asks of graphics. The renderer ships the font, so a figure is the same
on every machine.
"""

import altair as alt

FONT = "Liberation Sans, Arial, sans-serif"
INK = "currentColor"  # the text of the page around the chart
LINE = "#888"
GOOD, BAD = "#2f7fc1", "#d9700d"
OTHER = "#808080"  # a variant that is not the best
VARIANT_COLORS = [
    *("#2f7fc1", "#d9700d", "#2e8b57", "#d6455d", "#8a63d2", "#9a6b4b"),
    *("#d1499f", "#808080", "#8c8a1c", "#1592a0", "#5f6fe0", "#559425"),
]
WIDTH = 360  # of a chart, in pixels: its text can be read on a phone, and next to the text of a chapter

AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart | alt.ConcatChart

alt.data_transformers.disable_max_rows()


def styled(chart: AnyChart) -> AnyChart:
    """`chart` in the report's style."""
    configured: AnyChart = (
        chart.configure(font=FONT, background="transparent", padding={"left": 8, "top": 5, "right": 16, "bottom": 5})
        .configure_view(strokeOpacity=0)
        .configure_axis(
            grid=False,
            labelColor=INK,
            titleColor=INK,
            titleFontWeight="normal",
            titleFontSize=13,
            labelFontSize=12,
            domainColor=LINE,
            tickColor=LINE,
            aria=False,
        )
        .configure_legend(
            labelColor=INK, titleColor=INK, labelFontSize=12, orient="bottom", columns=4, columnPadding=14, aria=False
        )
        .configure_title(color=INK, fontWeight="normal")
        .configure_text(color=INK, fontSize=12, aria=False)
    )
    return configured


def best_color(best: str, shown: list[str]) -> alt.Color:
    """The colour of the best variant, and of all others that are `shown`."""
    scale = alt.Scale(domain=shown, range=[GOOD if variant == best else OTHER for variant in shown])
    return alt.Color("variant:N", scale=scale, legend=None)


def variant_color(order: list[str], shown: list[str]) -> alt.Color:
    """The colour of a variant, the same in every chart of a page even if only some variants are `shown`."""
    scale = alt.Scale(domain=order, range=[VARIANT_COLORS[i % len(VARIANT_COLORS)] for i in range(len(order))])
    return alt.Color("variant:N", scale=scale, legend=alt.Legend(values=shown, title=None))
