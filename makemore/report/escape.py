"""Escapes text from the user (names, values) for the pages and tables that show it."""

import json
import re
from typing import Any

from markupsafe import Markup

LONGEST_SHOWN = 20  # characters of a sampled name in the tables

_IN_JSON = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
_IN_MARKDOWN = {ord(character): f"&#{ord(character)};" for character in "<>&|\\`*[]"}


def json_for_html(value: Any) -> str:
    """`value` as JSON for a <script> element: nothing in it can end the element or open a comment."""
    return json.dumps(value).translate(_IN_JSON)


def name_cell(name: str) -> Markup:
    """A name as a table cell, escaped for both Markdown and HTML, shortened if it is long; spaces are kept."""
    text = name if len(name) <= LONGEST_SHOWN else name[: LONGEST_SHOWN - 1] + "…"
    escaped = "".join(f"&#{ord(c)};" if c.isascii() and not c.isalnum() and c != " " else c for c in text)
    spaced = re.sub(r"^ | $|(?<= ) ", "&nbsp;", escaped)
    return Markup(spaced or "(empty)")  # noqa: S704 (escaped above)


def markdown_text(text: str) -> Markup:
    """Text for a line of Markdown, without a line break and without anything that is markup."""
    return Markup(" ".join(text.split()).translate(_IN_MARKDOWN))  # noqa: S704 (escaped)


def markdown_table(rows: list[list[str]]) -> str:
    """A Markdown table; the first row is the header."""
    header, *others = ([str(markdown_text(value)) for value in row] for row in rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *others))
