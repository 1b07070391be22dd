"""The report as Markdown and as HTML: numbers, names that look like markup, and charts."""

import html
import math
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from makemore.report.escape import LONGEST_SHOWN
from makemore.report.pages import CHAPTERS, report_html, report_markdown
from makemore.report.story import SAMPLES_SHOWN, Story
from tests.conftest import PARAMS
from tests.unit.report.conftest import MakeResult, Tell, data_card

NASTY = (
    *("<script>alert(1)</script>", "</td><td>", "a|b", "`x`", "[a](b)", "![a](b)", "*b*", "_b_", "~~b~~", "&amp;"),
    *("&#38;", r"\*", "# a", "www.a.b", "\"'", "{{ card }}", ":tada:", "$a$", "Zoë 李娜"),
)
SHOWN = {name: name if len(name) <= 20 else name[:19] + "…" for name in NASTY}


class Page(HTMLParser):
    """report.html: its tags, and the text of each cell of its tables, row by row, and of each item of its lists."""

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


class Markdown:
    """report.md: the rows of its tables, as they are written, without the lines of dashes."""

    def __init__(self, report: str) -> None:
        self.text = report
        rows = [line for line in report.splitlines() if line.startswith("|") and not line.startswith("|---")]
        self.rows = [row.removeprefix("| ").removesuffix(" |").split(" | ") for row in rows]
        samples = [row for row in self.rows if len(row) == 3 and row[1].endswith("%")]
        self.samples = {variant: names.split(" · ") for variant, _, names in samples}


def written(story: Story, *figures: str) -> tuple[Markdown, Page]:
    """Both reports; figures: in the page, an SVG element with its name."""
    page = report_html(
        story, PARAMS, dict.fromkeys(story.variants, "0" * 32), {name: f"<svg>{name}</svg>" for name in figures}
    )
    return Markdown(report_markdown(story, list(figures))), Page(page)


Write = Callable[..., tuple[Markdown, Page]]


@pytest.fixture
def write(tell: Tell) -> Write:
    """A function from results, and the arguments of `tell`, to both reports; every variant has its own rank."""
    return lambda *results, **options: written(tell(list(results), **options))


def test_names_are_escaped_in_markdown(make_result: MakeResult, write: Write) -> None:
    """No ASCII character that Markdown or HTML could interpret is left; the references show the name itself."""
    shown = list(SHOWN.values())
    result = make_result("mine", names=NASTY[:SAMPLES_SHOWN], dev_names=dict.fromkeys(NASTY, 1.25))
    report, _ = write(result)
    extremes = [row for row in report.rows if len(row) == 4][1:]  # after the header
    assert [html.unescape(cell) for cell in report.samples["mine"]] == shown[:SAMPLES_SHOWN]
    assert [html.unescape(row[0]) for row in extremes] == shown
    assert [html.unescape(row[2]) for row in extremes] == shown[::-1]
    for cell in [*report.samples["mine"], *(row[column] for row in extremes for column in (0, 2))]:
        remaining = re.sub(r"&#\d+;", "", cell)
        assert all(c == " " or c.isalnum() or not c.isascii() for c in remaining), cell


def test_names_are_escaped_in_html(make_result: MakeResult, write: Write) -> None:
    plain, page = (
        write(make_result("mine", names=names[:SAMPLES_SHOWN], dev_names=dict.fromkeys(names, 1.25)))[1]
        for names in (tuple(f"name {number}" for number in range(len(NASTY))), NASTY)
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
def test_empty_and_long_names_among_the_samples(make_result: MakeResult, write: Write, name: str, shown: str) -> None:
    report, page = write(make_result("mine", names=(name,)))
    assert [html.unescape(cell) for cell in report.samples["mine"]] == [page.items[-1]] == [shown]


def test_known_names_are_marked(make_result: MakeResult, tell: Tell) -> None:
    report, page = written(replace(tell([make_result("mine", names=("emma", "amme"))]), known={"emma"}))
    assert report.samples["mine"] == ["<b>emma</b>", "amme"]
    assert page.items[-2:] == ["emma known", "amme"]


def test_names_from_right_to_left_do_not_change_their_order(make_result: MakeResult, write: Write) -> None:
    report, _ = write(make_result("mine", names=("عمر", "أمل", "emma")))
    assert "عمر &lrm;· أمل &lrm;· <b>emma</b> |" in report.text


def test_infinite_and_missing_losses_in_the_table(make_result: MakeResult, write: Write) -> None:
    report, page = write(
        make_result("count", "count", dev=math.inf),
        make_result("gpt", dev=2.0, test=None, interval=(1.9, 2.1)),
        make_result("uniform", dev=2.5, test=math.inf),
    )
    markdown, cells = ([row for row in rows if len(row) == 12] for rows in (report.rows, page.rows))
    expected = [
        ["1", "gpt", "uniform", "0", "2.5000", "2.0000", "–", "1.900 to 2.100", "−∞", "25.0%", "100.0%", "5.0"],
        ["2", "uniform", "uniform", "0", "2.5000", "2.5000", "∞", "–", "−∞", "25.0%", "100.0%", "5.0"],
        ["3", "count", "count", "256", "2.5000", "∞", "2.5000", "–", "–", "25.0%", "100.0%", "5.0"],
    ]
    assert markdown[1:] == cells[1:] == expected
    assert markdown[0] == cells[0], "the headers"


def test_infinite_nll_of_a_dev_name(make_result: MakeResult, write: Write) -> None:
    report, page = write(make_result("mine", dev_names={"ava": 1.5, "zzz": math.inf}))
    for row in (["ava", "1.500", "zzz", "∞"], ["zzz", "∞", "ava", "1.500"]):
        assert row in report.rows
        assert row in page.rows


def test_best_variant_comes_first_everywhere(make_result: MakeResult, write: Write) -> None:
    report, _ = write(make_result("worse", dev=3.0), make_result("better", dev=2.0))
    assert [row[1] for row in report.rows if len(row) == 12] == ["variant", "better", "worse"]
    assert list(report.samples) == ["better", "worse"]
    assert "likely dev names under better" in report.text


def test_only_the_first_samples_are_shown(make_result: MakeResult, write: Write) -> None:
    names = tuple(f"n{number}" for number in range(SAMPLES_SHOWN + 1))
    report, _ = write(make_result("mine", names=names))
    assert report.samples["mine"] == list(names[:-1])


def test_leaking_splits_get_a_warning(make_result: MakeResult, write: Write) -> None:
    for report in write(make_result("mine"), card=data_card(leaking=3)):
        assert "3 dev and 0 test names also occur in train" in " ".join(report.text.split())
    for report in write(make_result("mine")):
        assert "also occur in train" not in report.text


def test_figures_are_shown_if_they_exist(make_result: MakeResult, tell: Tell) -> None:
    report, page = written(tell([make_result("mine")]), "losses", "counts", "positions")
    assert re.findall(r"!\[.*\]\(figures/(.*)\.svg\)", report.text) == ["losses", "positions", "counts"]
    assert re.findall(r"<svg>(\w+)</svg>", page.text) == ["counts", "losses", "positions"]


def test_intervals_of_a_sample_are_called_that(make_result: MakeResult, write: Write) -> None:
    expected = "Intervals and ranks are those of a random sample of 100,000 distinct names; the losses are those of all"
    for report in write(make_result("mine", interval=(2.4, 2.6))):
        assert "random sample" not in report.text
    for report in write(make_result("mine", interval=(2.4, 2.6), interval_names=100_000)):
        assert expected in " ".join(report.text.split())


def test_every_chapter_has_a_link(make_result: MakeResult, write: Write) -> None:
    for results, missing in (
        ([make_result("mine", "gpt", dev=2.0), make_result("count", "count")], set()),
        ([make_result("mine")], {"disagreements"}),
    ):
        _, page = write(*results)
        first, *sections = re.findall(r'<section id="(\w+)"', page.text)
        assert first == "first"
        assert sections == re.findall(r'^<a href="#(\w+)"', page.text, re.MULTILINE)
        assert sections == [name for name in CHAPTERS if name not in missing]


def test_page_has_no_other_script_than_its_own_and_needs_no_network(make_result: MakeResult, write: Write) -> None:
    """The weights, and symbols, are JSON in <script> elements; nothing in them ends the element."""
    _, page = write(make_result("mine", "bigram"), make_result("count", "count"))
    assert page.tags.count("script") == page.text.lower().count("</script") == 3
    assert not re.findall(r"""(?:src|href)=(?!"#)|@import|url\(""", page.text)
    assert f"-S {'0' * 32} -- dvc.lock" in page.text, "how to find its commit"
