"""The charts as SVG: inside the page, and as files that Markdown shows.

Both have the page's colour for text. Inside the page that is the page's own; a file decides for itself, by the colour
scheme that the reader prefers. In the page, a label says what a mark shows (scripts/labels.js); in files, which show no
labels, they would only take space.
"""

import re

from makemore.report.charts import render
from makemore.report.charts.style import AnyChart

_TAG = re.compile(r"<[^>]+>")  # an attribute never contains >: the renderer escapes it
_ROLE = re.compile(r' (?:role|aria-roledescription|aria-hidden)="[^"]*"')
_LABEL = re.compile(r' aria-label="([^"]*)"')
_PAGE_LABEL = re.compile(r' data-label="[^"]*"')
_STYLE = (
    "<style>svg{color:#222;background:#fff}"
    "@media(prefers-color-scheme:dark){svg{color:#e6e6e6;background:#16181c}}</style>"
)


def svgs(charts: dict[str, AnyChart]) -> dict[str, str]:
    """Each chart as an SVG element for a page, without roles for screen readers: the page says what a chart shows.

    Raises UserError if the renderer fails.
    """
    images = render.svgs({name: chart.to_dict() for name, chart in charts.items()})
    return {name: _TAG.sub(lambda tag: _for_page(tag[0]), svg) for name, svg in images.items()}


def _for_page(tag: str) -> str:
    if 'aria-roledescription="title"' in tag:
        tag = _LABEL.sub("", tag)
    return _LABEL.sub(r' data-label="\1"', _ROLE.sub("", tag))


def as_file(svg: str) -> str:
    """An SVG element of a page as the content of a file."""
    start, rest = _TAG.sub(lambda tag: _PAGE_LABEL.sub("", tag[0]), svg).split(">", maxsplit=1)
    return f"{start}>{_STYLE}{rest}"
