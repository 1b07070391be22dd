"""The commands on a page of docs/, with the output that is shown."""

import re
from typing import NamedTuple

from tests.conftest import ROOT

_BLOCK = re.compile(r"(<!-- (exact|differs) -->\n)?```(console|pycon)\n(.*?)```\n", re.DOTALL)


class Block(NamedTuple):
    """A block of code.

    kind: "exact" if its output is the same in every project, "differs" if it depends on the variants; otherwise only
        numbers and names differ
    language: console or pycon
    """

    kind: str
    language: str
    text: str


class Command(NamedTuple):
    """A command of a console block, and its output."""

    line: str
    output: str


def blocks(page: str) -> list[Block]:
    """The blocks of docs/PAGE that are executed, in order."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return [Block(match[2] or "", match[3], match[4]) for match in _BLOCK.finditer(text)]


def commands(block: Block) -> list[Command]:
    """The commands of a console block."""
    parts = re.split(r"^\$ (.*)\n", block.text, flags=re.MULTILINE)
    return [Command(line, output) for line, output in zip(parts[1::2], parts[2::2], strict=True)]


def masked(output: str) -> str:
    """`output` without what a model with other weights says differently: names, numbers, lengths of bars and spaces."""
    text = re.sub(r"[█▏▎▍▌▋▊▉]", "", output)
    text = re.sub(r"[^\W\d_]+(-[^\W\d_]+)*|(?<!\S)\.(?!\S)", "word", text)  # the end marker is a name like any other
    text = re.sub(r"[-+]?[\d,.]*\d", "0", text)
    return re.sub(r"[ \n]+", " ", text).strip()
