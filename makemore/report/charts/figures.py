"""The charts as SVG: inside the page, and as files that Markdown shows.

Both have the page's colour for text. Inside the page that is the page's own; a file decides for itself, by the colour
scheme that the reader prefers. In the page, a label says what a mark shows (scripts/labels.js); in files, which show no
labels, they would only take space.
"""

import re
from collections.abc import Callable

from makemore.report.charts import render
from makemore.report.charts.style import AnyChart

_TAG = re.compile(r"<[^>]+>")  # an attribute never contains >: the renderer escapes it
_ROLE = re.compile(r' (?:role|aria-roledescription|aria-hidden)="[^"]*"')
_LABEL = re.compile(r' aria-label="([^"]*)"')
_STYLE = (
    "<style>svg{color:#222;background:#fff}"
    "@media(prefers-color-scheme:dark){svg{color:#e6e6e6;background:#16181c}}</style>"
)


def svgs(charts: dict[str, AnyChart]) -> dict[str, str]:
    """Each chart as an SVG element for a page.

    Raises UserError if the renderer fails.
    """
    return {name: inside(svg) for name, svg in render.svgs({name: c.to_dict() for name, c in charts.items()}).items()}


def inside(svg: str) -> str:
    """What the renderer wrote, for a page that says in words what the chart shows: without roles for screen readers."""
    return _in_tags(svg, _tag_inside)


def _tag_inside(tag: str) -> str:
    if 'aria-roledescription="title"' in tag:
        tag = _LABEL.sub("", tag)
    return _LABEL.sub(r' data-label="\1"', _ROLE.sub("", tag))


def as_file(svg: str) -> str:
    """An SVG element of a page as the content of a file."""
    plain = _in_tags(svg, lambda tag: re.sub(r' data-label="[^"]*"', "", tag))
    start, rest = plain.split(">", maxsplit=1)
    return f"{start}>{_STYLE}{rest}"


def _in_tags(svg: str, change: Callable[[str], str]) -> str:
    return _TAG.sub(lambda match: change(match[0]), svg)
