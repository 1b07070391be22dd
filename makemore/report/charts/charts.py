"""The charts of the report: which there are, in their order, and how to read each of them."""

from collections.abc import Callable
from typing import NamedTuple

from makemore.report.charts.curves import curves_chart, positions_chart
from makemore.report.charts.heat_maps import counts_map, difference_map, table_map
from makemore.report.charts.losses import losses_chart
from makemore.report.charts.quality import sizes_chart
from makemore.report.charts.staircase import staircase
from makemore.report.charts.style import AnyChart, styled
from makemore.report.story import Story


class ChartOfStory(NamedTuple):
    """A chart: its title, how to read it, and a function that draws it; None if there is nothing to show."""

    title: str
    reading: str
    draw: Callable[[Story], AnyChart | None]


CHARTS = {
    "steps": ChartOfStory(
        "What each step bought",
        "A bar for every model that is better than all before it: from their loss, on the right, down to its own.",
        lambda story: staircase(story.steps),
    ),
    "counts": ChartOfStory(
        "How often each symbol follows each other symbol in train",
        "Read a row: after this symbol, how often came each of the others? The end marker stands for the start of a "
        "name in its row, and for the end of a name in its column.",
        lambda story: counts_map(story.pairs),
    ),
    "counted": ChartOfStory(
        "The table that is counted",
        "The probability of each next symbol: no colour is 0%, full colour is 100%.",
        lambda story: table_map(story.pairs, story.pairs.counted),
    ),
    "learned": ChartOfStory(
        "The table that is learned",
        "The same, as gradient descent has found it.",
        lambda story: table_map(story.pairs, story.pairs.learned),
    ),
    "difference": ChartOfStory(
        "Learned minus counted",
        "Orange where the learned table is higher, blue where it is lower, on the same scale: pale is almost the same.",
        lambda story: difference_map(story.pairs),
    ),
    "losses": ChartOfStory(
        "The losses of all variants, with 95% intervals",
        "Further left is better, and blue is the best. Filled dots are dev, hollow ones test. Shades mark ranks: "
        "within one, no variant can be told apart from the best.",
        losses_chart,
    ),
    "sizes": ChartOfStory(
        "Quality against size",
        "Lower is better, further left is smaller, and blue is the best. A variant without parameters is not in the "
        "chart.",
        sizes_chart,
    ),
    "curves": ChartOfStory(
        "The loss during training",
        "Solid lines are dev, dashed ones train. The grey lines mark what knowing nothing and counting reach on dev.",
        curves_chart,
    ),
    "positions": ChartOfStory(
        "The loss by the place in the name",
        "The first symbol is usually the hardest to guess; later ones follow from those before. Few names are long, so "
        "the right end is uncertain.",
        positions_chart,
    ),
}


def charts(story: Story) -> dict[str, AnyChart]:
    """Every chart of the report, by the name of its figure. Charts with nothing to show are left out."""
    drawn = {name: chart.draw(story) for name, chart in CHARTS.items()}
    return {name: styled(chart) for name, chart in drawn.items() if chart is not None}
