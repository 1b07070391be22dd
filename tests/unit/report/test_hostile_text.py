"""Text that others chose cannot break a page, a table or the process that draws the charts."""

import json

import pytest

from makemore.core.errors import UserError
from makemore.report.escape import code_span, json_for_html, markdown_table, name_cell
from makemore.report.render import svgs

HOSTILE = ["<!--<script>", "</script>", "]]>", "a & b", "\u2028\u2029", "'\"`${x}"]


@pytest.mark.parametrize("text", HOSTILE)
def test_json_in_a_page_has_no_markup_and_the_same_value(text: str) -> None:
    written = json_for_html({text: [text]})
    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written) == {text: [text]}


def test_cells_of_a_markdown_table_stay_cells() -> None:
    table = markdown_table([["a|b", "lr"], ["<script>alert(1)</script>", "x\n| y"], ["`*[a](b)", "\\|"]])
    lines = table.splitlines()
    assert len(lines) == 4
    assert [line.count("|") for line in lines] == [3] * 4
    assert not set(table) & set("<>`*[")


def test_ordinary_values_of_a_sweep_are_shown_as_they_are() -> None:
    assert markdown_table([["experiment", "variants.gpt.lr"], ["rate-1", "0.004"]]) == (
        "| experiment | variants.gpt.lr |\n| --- | --- |\n| rate-1 | 0.004 |"
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


def spec(text: str) -> dict[str, object]:
    return {
        "data": {"values": [{"name": text}]},
        "mark": "point",
        "encoding": {"x": {"field": "name", "type": "nominal"}},
    }


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


@pytest.mark.parametrize("rows", [[], [["1", "2"], ["3", ""]]])
def test_markdown_table(rows: list[list[str]]) -> None:
    lines = ["| a | b |", "| --- | --- |", "| 1 | 2 |", "| 3 |  |"]
    assert markdown_table([["a", "b"], *rows]) == "\n".join(lines[: 2 + len(rows)])
