"""Templates of pages: where they are, and how values are shown in them."""

import math
from pathlib import Path
from typing import Any

import jinja2

from makemore.report.escape import code_span, markdown_text, name_cell
from makemore.report.symbols import direction
from makemore.statistics.bootstrap import Interval

TEMPLATES = Path(__file__).with_name("templates")
DARKEST_COST = 5.0  # nats, of a symbol in full colour


def rendered(template: str, **content: Any) -> str:
    """A page, or a chapter, from a template in templates/."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"zip": zip, "number": _number, "signed": _signed, "share": _share, "weight": _weight}
    environment.filters |= {"interval": _interval, "name": name_cell, "markdown": markdown_text, "code": code_span}
    environment.filters |= {"direction": direction}
    return environment.get_template(template).render(**content)


def _number(value: float, digits: int = 4) -> str:
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:,.{digits}f}".replace("-", "−")


def _signed(value: float, digits: int = 2) -> str:
    """With its sign, if it has one when it is rounded."""
    text = _number(abs(value), digits)
    return text if not text.strip("0.") else f"{'−' if value < 0 else '+'}{text}"


def _share(value: float, digits: int = 1) -> str:
    return f"{value:.{digits}%}"


def _weight(nats: float) -> str:
    """The weight of the colour behind a cost, from 0 to 1."""
    return f"{min(1.0, abs(nats) / DARKEST_COST):.2f}"


def _interval(value: Interval | None) -> str:
    return "–" if value is None else f"{_number(value.low, 3)} to {_number(value.high, 3)}"
