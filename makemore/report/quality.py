"""The chart of quality against a cost, such as the number of parameters or the training time."""

import math

import altair as alt
import pandas as pd

from makemore.report.labels import place
from makemore.report.style import LINE, WIDTH, AnyChart, variant_color

HEIGHT = 340
MARGIN = 0.08  # of an axis, on either side of the points


def quality_against(rows: pd.DataFrame, column: str, title: str, order: list[str]) -> AnyChart:
    """Dev NLL against a cost on a logarithmic axis, a labelled point for each variant.

    rows: with the columns variant, nll and `column`, the cost, which is positive
    order: all variants of the page, which decides the colours
    """
    log_cost = [math.log10(cost) for cost in rows[column]]
    (left, right), (bottom, top) = _padded(log_cost), _padded(list(rows["nll"]))

    def x_value(pixels: float) -> float:
        return _short(10 ** (left + pixels / WIDTH * (right - left)))

    def y_value(pixels: float) -> float:
        return _short(top - pixels / HEIGHT * (top - bottom))

    points = [
        (round(WIDTH * ((x - left) / (right - left))), round(HEIGHT * ((top - y) / (top - bottom))))
        for x, y in zip(log_cost, rows["nll"], strict=True)
    ]
    labels = place([(float(x), float(y)) for x, y in points], list(rows["variant"]), WIDTH, HEIGHT)
    x = alt.X(
        f"{column}:Q",
        title=title,
        scale=alt.Scale(type="log", domain=[x_value(0), x_value(WIDTH)], nice=False),
        axis=alt.Axis(format=",", values=_ticks(list(rows[column]), left, right)),
    )
    y = alt.Y(
        "nll:Q",
        title="dev loss (nats per symbol)",
        scale=alt.Scale(domain=[y_value(HEIGHT), y_value(0)], nice=False),
    )
    placed = pd.DataFrame(
        {
            "variant": rows["variant"],
            column: [x_value(label.x) for label in labels],
            "nll": [y_value(label.y) for label in labels],
        }
    )
    lines = pd.DataFrame(
        [
            {column: x_value(x1), "nll": y_value(y1), "x2": x_value(x2), "y2": y_value(y2)}
            for x1, y1, x2, y2 in (label.line for label in labels if label.line)
        ],
        columns=[column, "nll", "x2", "y2"],
    )
    described = rows.assign(
        label=[
            f"{variant}: {cost:,.{0 if cost >= 100 else 3}f} {title}, {nll:.4f} nats per symbol"
            for variant, cost, nll in zip(rows["variant"], rows[column], rows["nll"], strict=True)
        ]
    )
    dots = alt.Chart(described).mark_point(filled=True, size=60, opacity=1)
    return alt.layer(
        *(
            [alt.Chart(lines).mark_rule(color=LINE, aria=False).encode(x=x, y=y, x2="x2:Q", y2="y2:Q")]
            if len(lines)
            else []
        ),
        dots.encode(x=x, y=y, color=variant_color(order, list(rows["variant"]), legend=False), description="label:N"),
        alt.Chart(placed).mark_text(align="center", baseline="middle").encode(x=x, y=y, text="variant:N"),
    ).properties(width=WIDTH, height=HEIGHT)


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
    found = [
        _short(step * 10.0**power) for power in powers for step in steps if left <= math.log10(step) + power <= right
    ]
    return found if len(found) > 1 else sorted({float(min(costs)), float(max(costs))})


def _short(value: float) -> float:
    """`value` to six digits: the last ones could depend on the machine's mathematical library."""
    return float(f"{value:.6g}")
