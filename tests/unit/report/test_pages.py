"""The report as Markdown and as HTML: numbers, names that look like markup, and charts."""

import html
import json
import math
import re
from html.parser import HTMLParser
from typing import Any

import altair as alt
import pandas as pd
import pytest
import vl_convert

from makemore.report import pages
from makemore.report.escape import LONGEST_SHOWN
from makemore.report.pages import SAMPLES_SHOWN
from makemore.report.results import Result
from makemore.report.style import AnyChart
from tests.unit.report.conftest import CARD, MakeResult, ranked

NASTY = (
    "<script>alert(1)</script>",
    "a|b",
    "`x`",
    "[a](b)",
    "![a](b)",
    "*b*",
    "_b_",
    "~~b~~",
    "&amp;",
    "&#38;",
    r"\*",
    "# a",
    "www.a.b",
    "\"'",
    "</td><td>",
    "{{ card }}",
    ":tada:",
    "$a$",
    "Zoë 李娜",
)
SHOWN = {name: name if len(name) <= 20 else name[:19] + "…" for name in NASTY}


def report_markdown(results: list[Result], card: dict[str, Any], figures: list[str]) -> str:
    """report.md of variants that can all be told apart."""
    return pages.report_markdown(results, ranked(results), card, figures)


def report_html(results: list[Result], card: dict[str, Any], charts: dict[str, AnyChart]) -> str:
    """report.html of variants that can all be told apart."""
    return pages.report_html(results, ranked(results), card, charts)


@pytest.fixture(autouse=True)
def _short_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bundling the chart library takes two seconds; tests/browser uses the real one."""
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda: "/* library */")


class Cells(HTMLParser):
    """The tables of a page: the text of each cell, row by row. Every tag is noted."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.tags: list[str] = []
        self._cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        self._cell = tag in ("td", "th")
        if self._cell:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._cell = False

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.rows[-1][-1] += data


def markdown_rows(report: str) -> list[list[str]]:
    """The rows of all Markdown tables, as they are written, without the lines of dashes."""
    rows = [line for line in report.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [row.removeprefix("| ").removesuffix(" |").split(" | ") for row in rows]


def test_names_are_escaped_in_markdown(make_result: MakeResult) -> None:
    """No ASCII character that Markdown or HTML could interpret is left; the references show the name itself."""
    dev_names = dict.fromkeys(SHOWN, 1.25)
    report = report_markdown([make_result("mine", names=tuple(SHOWN)[:SAMPLES_SHOWN], dev_names=dev_names)], CARD, [])
    rows = markdown_rows(report)
    sampled = [row[0] for row in rows if len(row) == 1][1:]  # after the name of the variant
    extremes = [row for row in rows if len(row) == 4][1:]  # after the header
    assert [html.unescape(cell) for cell in sampled] == list(SHOWN.values())[:SAMPLES_SHOWN]
    assert [html.unescape(row[0]) for row in extremes] == list(SHOWN.values())
    assert [html.unescape(row[2]) for row in extremes] == list(SHOWN.values())[::-1]
    for cell in [*sampled, *(row[column] for row in extremes for column in (0, 2))]:
        remaining = re.sub(r"&#\d+;", "", cell)
        assert all(c == " " or c.isalnum() or not c.isascii() for c in remaining), cell


def test_names_are_escaped_in_html(make_result: MakeResult) -> None:
    plain, page = (
        Cells(
            report_html(
                [make_result("mine", names=names[:SAMPLES_SHOWN], dev_names=dict.fromkeys(names, 1.25))], CARD, {}
            )
        )
        for names in (tuple(f"name {number}" for number in range(len(SHOWN))), tuple(SHOWN))
    )
    assert page.tags == plain.tags, "names add no markup"
    shown = list(SHOWN.values())
    assert [row[0] for row in page.rows if len(row) == 1][1:] == shown[:SAMPLES_SHOWN]
    assert [row for row in page.rows if len(row) == 4][1:] == [
        [easy, "1.250", hard, "1.250"] for easy, hard in zip(shown, shown[::-1], strict=True)
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", "(empty)"),
        ("a" * LONGEST_SHOWN, "a" * LONGEST_SHOWN),
        ("a" * (LONGEST_SHOWN + 1), "a" * (LONGEST_SHOWN - 1) + "…"),
        ("<" * 100, "<" * (LONGEST_SHOWN - 1) + "…"),
    ],
)
def test_empty_and_long_names_in_the_table_of_samples(make_result: MakeResult, name: str, shown: str) -> None:
    results = [make_result("mine", names=(name,))]
    assert [shown] in [
        [html.unescape(cell) for cell in row] for row in markdown_rows(report_markdown(results, CARD, []))
    ]
    assert [shown] in Cells(report_html(results, CARD, {})).rows


def losses(make_result: MakeResult) -> tuple[list[list[str]], list[list[str]]]:
    """The table of losses of four variants: in Markdown and in HTML."""
    results = [
        make_result("count", "count", dev=math.inf),
        make_result("gpt", dev=2.0, test=None),
        make_result("uniform", dev=2.5, test=math.inf),
    ]
    page = Cells(report_html(results, CARD, {})).rows
    return [row for row in markdown_rows(report_markdown(results, CARD, [])) if len(row) == 12], page[:4]


def test_infinite_and_missing_losses_in_the_table(make_result: MakeResult) -> None:
    markdown, page = losses(make_result)
    expected = [
        ["1", "gpt", "uniform", "0", "2.5000", "2.0000", "–", "–", "-∞", "25.0%", "100.0%", "5.0"],
        ["2", "uniform", "uniform", "0", "2.5000", "2.5000", "∞", "–", "-∞", "25.0%", "100.0%", "5.0"],
        ["3", "count", "count", "256", "2.5000", "∞", "2.5000", "–", "–", "25.0%", "100.0%", "5.0"],
    ]
    assert markdown[1:] == page[1:] == expected
    assert markdown[0] == page[0], "the headers"


def test_infinite_nll_of_a_dev_name(make_result: MakeResult) -> None:
    results = [make_result("mine", dev_names={"ava": 1.5, "zzz": math.inf})]
    expected = [["ava", "1.500", "zzz", "∞"], ["zzz", "∞", "ava", "1.500"]]
    assert markdown_rows(report_markdown(results, CARD, []))[-2:] == expected
    assert Cells(report_html(results, CARD, {})).rows[-2:] == expected


def test_best_variant_comes_first_in_every_table(make_result: MakeResult) -> None:
    results = [make_result("worse", dev=3.0, names=("ann", "bo")), make_result("better", dev=2.0, names=("ivy", "lea"))]
    report = report_markdown(results, CARD, [])
    rows = markdown_rows(report)
    assert [row[1] for row in rows if len(row) == 12] == ["variant", "better", "worse"]
    assert [["better", "worse"], ["ivy", "ann"], ["lea", "bo"]] == [row for row in rows if len(row) == 2]
    assert "## The most and least likely dev names under better" in report


def test_only_the_first_samples_are_shown(make_result: MakeResult) -> None:
    names = tuple(f"n{number}" for number in range(SAMPLES_SHOWN + 1))
    rows = markdown_rows(report_markdown([make_result("mine", names=names)], CARD, []))
    assert [[name] for name in names[:-1]] == [row for row in rows if row[0].startswith("n") and len(row) == 1]


def test_leaking_splits_get_a_warning(make_result: MakeResult) -> None:
    leaking: dict[str, Any] = CARD | {"splits": CARD["splits"] | {"dev": {"words": 5, "words_also_in_train": 3}}}
    results = [make_result("mine")]
    assert "3 dev and 0 test names also occur in train" in report_markdown(results, leaking, [])
    assert "3 dev and 0 test" in report_html(results, leaking, {})
    assert "also occur in train" not in report_markdown(results, CARD, [])
    assert "also occur in train" not in report_html(results, CARD, {})


def test_intervals_of_a_sample_are_called_that(make_result: MakeResult) -> None:
    result = make_result("mine")
    result.metrics["dev"] |= {"nll_low": 2.4, "nll_high": 2.6}
    assert "random sample" not in report_markdown([result], CARD, []) + report_html([result], CARD, {})
    result.metrics["dev"]["interval_names"] = 100_000
    expected = "Intervals and ranks are those of a random sample of 100,000 distinct names; the losses are those of all"
    assert expected in report_markdown([result], CARD, [])
    assert expected in report_html([result], CARD, {})


def test_markdown_shows_the_given_figures(make_result: MakeResult) -> None:
    report = report_markdown([make_result("mine")], CARD, ["losses", "curves"])
    assert re.findall(r"!\[.*\]\((.*)\)", report) == ["figures/losses.svg", "figures/curves.svg"]


def test_charts_are_embedded_as_json_that_cannot_end_the_script(make_result: MakeResult) -> None:
    rows = pd.DataFrame({"name": ["</script><script>alert(1)</script>", "</SCRIPT>"]})
    chart = alt.Chart(rows, title="</script>").mark_point().encode(x="name:N")
    page = report_html([make_result("mine")], CARD, {"losses": chart})
    assert page.count("</script>") == page.lower().count("</script") == 3, (
        "those of the library, the live section and the charts"
    )
    (spec,) = re.findall(r'vegaEmbed\("#losses", (.*), \{actions', page)
    assert json.loads(spec) == chart.to_dict()
    assert '<div id="losses"></div>' in page


def test_page_needs_no_network(make_result: MakeResult) -> None:
    page = report_html([make_result("mine")], CARD, {})
    assert "<script>/* library */</script>" in page
    assert not re.findall(r"""(?:src|href)=|@import|url\(""", page)
