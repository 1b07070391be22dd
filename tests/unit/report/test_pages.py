"""The report as Markdown and as HTML: numbers, names that look like markup, and charts."""

import html
import math
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from makemore.corpus.corpus import Corpus
from makemore.report import pages
from makemore.report.escape import LONGEST_SHOWN
from makemore.report.pages import CHAPTERS
from makemore.report.results import Result
from makemore.report.story import SAMPLES_SHOWN
from tests.unit.report.conftest import CARD, MakeResult, origin_of, told

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


Markdown = Callable[..., str]
Html = Callable[..., "Cells"]


@pytest.fixture
def report_markdown(corpus: Corpus) -> Markdown:
    """A function from results to report.md; every variant has its own rank."""

    def write(results: list[Result], card: dict[str, Any] = CARD, figures: tuple[str, ...] = ()) -> str:
        story = told(results, corpus, card)
        return pages.report_markdown(story, origin_of(story), list(figures))

    return write


@pytest.fixture
def report_html(corpus: Corpus) -> Html:
    """A function from results to the parts of report.html."""

    def write(results: list[Result], card: dict[str, Any] = CARD, figures: dict[str, str] | None = None) -> "Cells":
        story = told(results, corpus, card)
        return Cells(pages.report_html(story, origin_of(story), figures or {}))

    return write


class Cells(HTMLParser):
    """A page: the text of each cell of its tables, row by row, and of each item of its lists. Every tag is noted."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = page
        self.rows: list[list[str]] = []
        self.items: list[str] = []
        self.tags: list[str] = []
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._inside = "cell"
        elif tag == "li":
            self.items.append("")
            self._inside = "item"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("tr", "table", "li"):
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "cell":
            self.rows[-1][-1] += data.strip("\n")
        elif self._inside == "item":
            self.items[-1] += data


def markdown_rows(report: str) -> list[list[str]]:
    """The rows of all Markdown tables, as they are written, without the lines of dashes."""
    rows = [line for line in report.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [row.removeprefix("| ").removesuffix(" |").split(" | ") for row in rows]


def sampled(report: str, variant: str) -> list[str]:
    """The names of a variant in the table of samples, as they are written."""
    (row,) = [row for row in markdown_rows(report) if len(row) == 3 and row[0] == variant and row[1].endswith("%")]
    return row[2].split(" · ")


def test_names_are_escaped_in_markdown(make_result: MakeResult, report_markdown: Markdown) -> None:
    """No ASCII character that Markdown or HTML could interpret is left; the references show the name itself."""
    dev_names = dict.fromkeys(SHOWN, 1.25)
    report = report_markdown([make_result("mine", names=tuple(SHOWN)[:SAMPLES_SHOWN], dev_names=dev_names)])
    samples = sampled(report, "mine")
    extremes = [row for row in markdown_rows(report) if len(row) == 4][1:]  # after the header
    assert [html.unescape(cell) for cell in samples] == list(SHOWN.values())[:SAMPLES_SHOWN]
    assert [html.unescape(row[0]) for row in extremes] == list(SHOWN.values())
    assert [html.unescape(row[2]) for row in extremes] == list(SHOWN.values())[::-1]
    for cell in [*samples, *(row[column] for row in extremes for column in (0, 2))]:
        remaining = re.sub(r"&#\d+;", "", cell)
        assert all(c == " " or c.isalnum() or not c.isascii() for c in remaining), cell


def test_names_are_escaped_in_html(make_result: MakeResult, report_html: Html) -> None:
    plain, page = (
        report_html([make_result("mine", names=names[:SAMPLES_SHOWN], dev_names=dict.fromkeys(names, 1.25))])
        for names in (tuple(f"name {number}" for number in range(len(SHOWN))), tuple(SHOWN))
    )
    assert page.tags == plain.tags, "names add no markup"
    shown = list(SHOWN.values())
    assert page.items[-SAMPLES_SHOWN:] == shown[:SAMPLES_SHOWN]
    assert [row for row in page.rows if len(row) == 4 and row[1] == "1.250"] == [
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
def test_empty_and_long_names_among_the_samples(
    make_result: MakeResult, report_markdown: Markdown, report_html: Html, name: str, shown: str
) -> None:
    results = [make_result("mine", names=(name,))]
    assert [html.unescape(cell) for cell in sampled(report_markdown(results), "mine")] == [shown]
    assert report_html(results).items[-1] == shown


def test_known_names_are_marked(make_result: MakeResult, corpus: Corpus) -> None:
    story = told([make_result("mine", names=("emma", "amme"))], corpus)
    story.known.add("emma")
    report = pages.report_markdown(story, origin_of(story), [])
    assert sampled(report, "mine") == ["<b>emma</b>", "amme"]
    assert Cells(pages.report_html(story, origin_of(story), {})).items[-2:] == ["emma known", "amme"]


def test_names_from_right_to_left_do_not_change_their_order(make_result: MakeResult, report_markdown: Markdown) -> None:
    report = report_markdown([make_result("mine", names=("عمر", "أمل", "emma"))])
    assert "عمر &lrm;· أمل &lrm;· <b>emma</b> |" in report


def test_infinite_and_missing_losses_in_the_table(
    make_result: MakeResult, report_markdown: Markdown, report_html: Html
) -> None:
    results = [
        make_result("count", "count", dev=math.inf),
        make_result("gpt", dev=2.0, test=None),
        make_result("uniform", dev=2.5, test=math.inf),
    ]
    markdown, page = (
        [row for row in rows if len(row) == 12]
        for rows in (markdown_rows(report_markdown(results)), report_html(results).rows)
    )
    expected = [
        ["1", "gpt", "uniform", "0", "2.5000", "2.0000", "–", "–", "−∞", "25.0%", "100.0%", "5.0"],
        ["2", "uniform", "uniform", "0", "2.5000", "2.5000", "∞", "–", "−∞", "25.0%", "100.0%", "5.0"],
        ["3", "count", "count", "256", "2.5000", "∞", "2.5000", "–", "–", "25.0%", "100.0%", "5.0"],
    ]
    assert markdown[1:] == page[1:] == expected
    assert markdown[0] == page[0], "the headers"


def test_infinite_nll_of_a_dev_name(make_result: MakeResult, report_markdown: Markdown, report_html: Html) -> None:
    results = [make_result("mine", dev_names={"ava": 1.5, "zzz": math.inf})]
    for row in (["ava", "1.500", "zzz", "∞"], ["zzz", "∞", "ava", "1.500"]):
        assert row in markdown_rows(report_markdown(results))
        assert row in report_html(results).rows


def test_best_variant_comes_first_everywhere(make_result: MakeResult, report_markdown: Markdown) -> None:
    results = [make_result("worse", dev=3.0, names=("ann", "bo")), make_result("better", dev=2.0, names=("ivy", "lea"))]
    report = report_markdown(results)
    rows = markdown_rows(report)
    assert [row[1] for row in rows if len(row) == 12] == ["variant", "better", "worse"]
    assert [row[0] for row in rows if len(row) == 3 and row[1].endswith("%")] == ["better", "worse"]
    assert "likely dev names under better" in report


def test_only_the_first_samples_are_shown(make_result: MakeResult, report_markdown: Markdown) -> None:
    names = tuple(f"n{number}" for number in range(SAMPLES_SHOWN + 1))
    assert sampled(report_markdown([make_result("mine", names=names)]), "mine") == list(names[:-1])


def test_leaking_splits_get_a_warning(make_result: MakeResult, report_markdown: Markdown, report_html: Html) -> None:
    dev = CARD["splits"]["dev"] | {"words_also_in_train": 3}
    leaking: dict[str, Any] = CARD | {"splits": CARD["splits"] | {"dev": dev}}
    results = [make_result("mine")]
    assert "3 dev and 0 test names also occur in train" in report_markdown(results, leaking)
    assert "3 dev and 0 test" in report_html(results, leaking).text
    assert "also occur in train" not in report_markdown(results)
    assert "also occur in train" not in report_html(results).text


def test_figures_are_shown_if_they_exist(make_result: MakeResult, report_markdown: Markdown, report_html: Html) -> None:
    report = report_markdown([make_result("mine")], figures=("losses", "counts"))
    assert re.findall(r"!\[.*\]\((.*)\)", report) == ["figures/losses.svg", "figures/counts.svg"]
    figures = {"losses": "<svg>1</svg>", "positions": "<svg>2</svg>"}
    assert re.findall(r"<svg>\d</svg>", report_html([make_result("mine")], figures=figures).text) == [*figures.values()]


def test_intervals_of_a_sample_are_called_that(
    make_result: MakeResult, report_markdown: Markdown, report_html: Html
) -> None:
    result = make_result("mine")
    result.metrics["dev"] |= {"nll_low": 2.4, "nll_high": 2.6}
    assert "random sample" not in report_markdown([result]) + report_html([result]).text
    result.metrics["dev"]["interval_names"] = 100_000
    expected = "Intervals and ranks are those of a random sample of 100,000 distinct names; the losses are those of all"
    assert expected in report_markdown([result])
    assert expected in " ".join(report_html([result]).text.split())


def test_every_chapter_has_a_link(make_result: MakeResult, report_html: Html) -> None:
    for results, missing in (
        ([make_result("mine", "gpt", dev=2.0), make_result("count", "count")], set()),
        ([make_result("mine")], {"disagreements"}),
    ):
        page = report_html(results).text
        sections = re.findall(r'<section id="(\w+)"', page)
        assert sections == re.findall(r'<a href="#(\w+)"', page) == [name for name in CHAPTERS if name not in missing]


def test_symbols_that_are_markup_do_not_end_an_element(make_result: MakeResult, report_html: Html) -> None:
    """The weights, and symbols, are JSON in <script> elements; nothing else of the page is a script."""
    page = report_html([make_result("mine", "bigram"), make_result("count", "count")])
    assert page.tags.count("script") == page.text.lower().count("</script") == 3


def test_page_needs_no_network(make_result: MakeResult, report_html: Html) -> None:
    page = report_html([make_result("mine")])
    assert not re.findall(r"""(?:src|href)=(?!"#)|@import|url\(""", page.text)


def test_report_says_how_to_find_its_commit(make_result: MakeResult, report_html: Html) -> None:
    assert f"-S {'0' * 32} -- dvc.lock" in report_html([make_result("mine")]).text
