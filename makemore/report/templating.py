"""Templates of pages: where they are, and how values are shown in them."""

import math
from pathlib import Path
from typing import Any

import jinja2

from makemore.report.escape import code_span, markdown_text, name_cell
from makemore.statistics.bootstrap import Interval

TEMPLATES = Path(__file__).with_name("templates")


def rendered(template: Path, **content: Any) -> str:
    """A page from `template`, which may extend and include the templates of the report."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([template.parent, TEMPLATES]),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"zip": zip, "number": _number, "share": _share, "interval": _interval}
    environment.filters |= {"name": name_cell, "markdown": markdown_text, "code": code_span}
    return environment.get_template(template.name).render(**content)


def _number(value: float, digits: int = 4) -> str:
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:.{digits}f}"


def _share(value: float) -> str:
    return f"{value:.1%}"


def _interval(value: Interval | None) -> str:
    return "–" if value is None else f"{_number(value.low, 3)} to {_number(value.high, 3)}"
