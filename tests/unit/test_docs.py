"""Links on the pages that people read lead somewhere, and the commands in their sentences exist, with their options.

Commands in blocks of code are executed (tests/pipeline/test_docs.py).
"""

import re
from argparse import ArgumentParser
from itertools import chain
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS
from makemore.cli.main import _parser
from stages.__main__ import STAGES
from tests.conftest import ROOT
from tests.pipeline.pages import PAGES

COMMANDS: dict[str, ArgumentParser] = next(action.choices for action in _parser()._actions if action.choices)  # type: ignore[misc]
KNOWN = {
    "make": set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)),
    "makemore": {*COMMANDS},
    "python -m benchmarks": {*BENCHMARKS},
    "python -m stages": {*STAGES},
}


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> Path:
    return ROOT / str(request.param)


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_lead_to_files_and_headings(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in chain(re.findall(r"\]\(([^)\s]+)\)", text), re.findall(r'src="([^"]+)"', text)):
        if "://" not in link:
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_commands_in_sentences_exist(page: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for code in re.findall(r"`([^`]+)`", prose):
        words = " ".join(code.split())
        for program, known in KNOWN.items():
            match = re.match(rf"(?:[A-Z_]+=\S* )*{program} ([a-z][\w-]*)(.*)", words)
            if match:
                assert match[1] in known, code
                if program == "makemore":
                    options = set(re.findall(r"(?<= )--?[a-z][\w-]*", match[2]))
                    assert options <= set(COMMANDS[match[1]]._option_string_actions), code
