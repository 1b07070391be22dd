"""Text that others chose cannot break a page, a table or the process that draws the charts, and can be seen."""

import json

import pytest

from makemore.core.errors import UserError
from makemore.corpus.vocabulary import Vocabulary
from makemore.report.charts.render import svgs
from makemore.report.escape import code_span, json_for_html, markdown_table, name_cell
from makemore.report.symbols import direction, shown_symbols

HOSTILE = ["<!--<script>", "</script>", "]]>", "a & b", "\u2028\u2029", "'\"`${x}"]


@pytest.mark.parametrize("text", HOSTILE)
def test_json_in_a_page_has_no_markup_and_the_same_value(text: str) -> None:
    written = json_for_html({text: [text]})
    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written) == {text: [text]}


def test_cells_of_a_markdown_table_stay_cells() -> None:
    table = markdown_table([["a|b", "lr"], ["<script>alert(1)</script>", "x\n| y"], ["`*[a](b)", "\\|"]])
    assert [line.count("|") for line in table.splitlines()] == [3] * 4
    assert not set(table) & set("<>`*[")


def test_ordinary_values_in_a_markdown_table_are_shown_as_they_are() -> None:
    assert markdown_table([["experiment", "variants.gpt.lr"]]) == "| experiment | variants.gpt.lr |\n| --- | --- |"
    assert markdown_table([["a", "b"], ["rate-1", "0.004"], ["3", ""]]) == (
        "| a | b |\n| --- | --- |\n| rate-1 | 0.004 |\n| 3 |  |"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("anna", "anna"),
        ("mary ann", "mary ann"),
        ("mary   ann", "mary &nbsp;&nbsp;ann"),
        (" anna ", "&nbsp;anna&nbsp;"),
        (" ", "&nbsp;"),
        ("", "(empty)"),
        ("a|b<i>", "a&#124;b&#60;i&#62;"),
    ],
)
def test_spaces_in_a_name_stay_visible(name: str, expected: str) -> None:
    assert name_cell(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("names.txt", "`names.txt`"), ("a`b", "`` a`b ``"), ("``", "``` `` ```"), ("<b>\n\n# c", "`<b> # c`")],
)
def test_text_as_code_ends_where_it_should(text: str, expected: str) -> None:
    assert code_span(text) == expected


def test_symbols_can_be_seen_and_names_have_a_direction() -> None:
    symbols = (".", " ", "a", "\u0301", "\u3000", "\u200d", "\ufe0f")
    assert shown_symbols(Vocabulary(symbols)) == [".", "␣", "a", "◌\u0301", "␣", "U+200D", "U+FE0F"]
    assert [direction(name) for name in ("emma", "عمر", "12 عمر", "12", "", "李娜", "דוד", "a عمر")] == [
        *("ltr", "rtl", "rtl", "ltr", "ltr", "ltr", "rtl", "ltr"),
    ]


def spec(text: str) -> dict[str, object]:
    x = {"field": "name", "type": "nominal"}
    return {"data": {"values": [{"name": text}]}, "mark": "point", "encoding": {"x": x}}


def test_charts_are_drawn_together() -> None:
    images = svgs({"first": spec("anna"), "second": spec("Zoë")})
    assert list(images) == ["first", "second"]
    assert images["first"].startswith("<svg")
    assert "Zoë" in images["second"]


def test_renderer_that_aborts_is_an_error_of_one_line() -> None:
    """U+FFFE, which prepare refuses, aborts the process of the renderer: ours must survive."""
    with pytest.raises(UserError, match="the charts cannot be drawn: the renderer ended with status -6") as error:
        svgs({"chart": spec("\ufffe")})
    assert "\n" not in str(error.value)
