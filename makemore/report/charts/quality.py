"""The chart of quality against a cost, such as the number of parameters or the training time."""

import math

import altair as alt
import pandas as pd

from makemore.arithmetic.numbers import log10, power_of_ten
from makemore.report.charts.labels import place
from makemore.report.charts.style import LINE, WIDTH, AnyChart, best_color
from makemore.report.story import Story

HEIGHT = 300
MARGIN = 0.08  # of an axis, on either side of the points


def sizes_chart(story: Story) -> AnyChart | None:
    """Quality against the number of parameters, of the variants that have some."""
    rows = [
        (result.variant, result.metrics.n_params, result.nll("dev"))
        for result in story.results
        if result.metrics.n_params and math.isfinite(result.nll("dev"))  # a logarithmic axis has no zero
    ]
    table = pd.DataFrame(rows, columns=["variant", "parameters", "nll"])
    return quality_against(table, "parameters", "parameters") if rows else None


def quality_against(rows: pd.DataFrame, column: str, title: str) -> AnyChart:
    """Dev NLL against a cost on a logarithmic axis, a labelled point for each variant.

    rows: with the columns variant, nll and `column`, the cost, which is positive
    """
    plane = _Plane(list(rows[column]), list(rows["nll"]))
    variants, costs = list(rows["variant"]), rows[column]
    labels = place(plane.points, variants, WIDTH, HEIGHT)
    descriptions = [
        f"{variant}: {cost:,.{0 if cost >= 100 else 3}f} {title}, {nll:.4f} nats per symbol"
        for variant, cost, nll in zip(variants, costs, rows["nll"], strict=True)
    ]
    dots = rows.assign(x=costs, y=rows["nll"], label=descriptions)
    names = pd.DataFrame([{"variant": v, **plane.at(at.x, at.y)} for v, at in zip(variants, labels, strict=True)])
    lines = [
        {**plane.at(x1, y1), **plane.at(x2, y2, "2")}
        for x1, y1, x2, y2 in (label.line for label in labels if label.line)
    ]
    axes = plane.axes(title)
    color = best_color(variants[int(rows["nll"].argmin())], variants)
    layers = [
        alt.Chart(dots).mark_point(filled=True, size=60, opacity=1).encode(**axes, color=color, description="label:N"),
        alt.Chart(names).mark_text(align="center", baseline="middle").encode(**axes, text="variant:N"),
    ]
    if lines:
        rules = alt.Chart(pd.DataFrame(lines)).mark_rule(color=LINE, aria=False)
        layers.insert(0, rules.encode(**axes, x2="x2:Q", y2="y2:Q"))
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


class _Plane:
    """The plane of the chart: from costs and NLLs to pixels, in which labels are placed, and back."""

    def __init__(self, costs: list[float], nlls: list[float]) -> None:
        self._costs = costs
        logs = [log10(cost) for cost in costs]
        (self._left, self._right), (self._bottom, self._top) = _padded(logs), _padded(nlls)
        width, height = self._right - self._left, self._top - self._bottom
        self.points = [
            (float(round(WIDTH * ((x - self._left) / width))), float(round(HEIGHT * ((self._top - y) / height))))
            for x, y in zip(logs, nlls, strict=True)
        ]

    def at(self, across: float, down: float, suffix: str = "") -> dict[str, float]:
        """The cost (x) and the NLL (y) at a place in pixels."""
        log = self._left + across / WIDTH * (self._right - self._left)
        nll = self._top - down / HEIGHT * (self._top - self._bottom)
        return {f"x{suffix}": _short(power_of_ten(log)), f"y{suffix}": _short(nll)}

    def axes(self, title: str) -> dict[str, alt.X | alt.Y]:
        """The encodings of both axes; `title` is that of the cost."""
        start, end = self.at(0, HEIGHT), self.at(WIDTH, 0)
        ticks = alt.Axis(format=",", values=_ticks(self._costs, self._left, self._right))
        across = alt.Scale(type="log", domain=[start["x"], end["x"]], nice=False)
        up = alt.Scale(domain=[start["y"], end["y"]], nice=False)
        return {
            "x": alt.X("x:Q", title=title, scale=across, axis=ticks),
            "y": alt.Y("y:Q", title="dev loss (nats per symbol)", scale=up),
        }


def _padded(values: list[float]) -> tuple[float, float]:
    """The range of `values` with a margin."""
    low, high = min(values), max(values)
    margin = MARGIN * (high - low) or 0.5
    return low - margin, high + margin


def _ticks(costs: list[float], left: float, right: float) -> list[float]:
    """Round numbers between 10^left and 10^right: powers of ten, and in a short range also 2, 3 and 5 times these.

    If there are fewer than two, the lowest and the highest of `costs`.
    """
    steps = (1,) if right - left > 3 else (1, 3) if right - left > 1.5 else (1, 2, 3, 5)
    powers = range(math.floor(left), math.ceil(right) + 1)
    found = [float(f"{step}e{power}") for power in powers for step in steps if left <= log10(step) + power <= right]
    return found if len(found) > 1 else sorted({float(min(costs)), float(max(costs))})


def _short(value: float) -> float:
    """`value` to six digits: the last ones could depend on the machine's mathematical library."""
    return float(f"{value:.6g}")
