"""Charts as SVG: in the page with labels, in files without; colours that can be seen on light and on dark pages."""

import re
from xml.etree import ElementTree

import altair as alt
import pandas as pd
import pytest

from makemore.report.charts.figures import as_file, svgs
from makemore.report.charts.style import BAD, GOOD, LINE, OTHER, VARIANT_COLORS, styled


def luminance(color: str) -> float:
    """The relative luminance of #rgb or #rrggbb, as WCAG defines it."""
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    values = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("color", sorted({GOOD, BAD, LINE, OTHER, *VARIANT_COLORS}))
@pytest.mark.parametrize("background", ["#fff", "#16181c"])
def test_colors_have_contrast_on_light_and_dark_pages(color: str, background: str) -> None:
    dark, light = sorted((luminance(color), luminance(background)))
    assert (light + 0.05) / (dark + 0.05) >= 3


def test_text_has_the_color_of_the_page_and_marks_have_labels() -> None:
    rows = pd.DataFrame({"x": [1], "label": ['<b>"a" & b']})
    chart = alt.Chart(rows, title="<i>").mark_point().encode(x="x:Q", description="label:N")
    svg = svgs({"chart": styled(chart)})["chart"]
    assert re.findall(r'data-label="([^"]*)"', svg) == ["&lt;b&gt;&quot;a&quot; &amp; b"]
    assert not re.findall(r"role=|aria-|<b>|<i>| id=", svg)
    fills = re.findall(r'<text[^>]* fill="([^"]*)"', svg)
    assert fills
    assert {*fills} == {"currentColor"}


def test_file_decides_for_itself_by_the_color_scheme() -> None:
    chart = alt.Chart(pd.DataFrame({"x": [1], "label": ["a"]})).mark_point().encode(x="x:Q", description="label:N")
    text = as_file(svgs({"chart": styled(chart)})["chart"])
    assert "prefers-color-scheme:dark" in text
    assert "data-label" not in text
    assert ElementTree.fromstring(text).tag.endswith("svg")  # noqa: S314 (our own)
