"""The commands on the pages that people read, with the output that is shown.

A command is a line that begins with `$ ` in a block of the language `console`, with the lines that continue it. Two
comments before a block, which readers do not see, say what is compared:

    <!-- exact -->      the output is the same in every project
    <!-- differs -->    it depends on the machine or on the variants, and is not compared

In all other blocks only names and numbers may differ, and `...` stands for anything.
"""

import doctest
import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.conftest import ROOT

PAGES = ["README.md", "CONTRIBUTING.md", "datasets/README.md"]
PAGES += sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))
_BLOCK = re.compile(r"(?:<!-- (exact|differs) -->\n)?^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SHELLS = {"bash", "sh", "shell", "zsh"}
_HERE_DOCUMENT = re.compile(r"<<'(\w+)'")
_BAR = re.compile(r"[█▏▎▍▌▋▊▉]")
_WORD = re.compile(r"[^\W\d_]+(-[^\W\d_]+)*|(?<!\S)\.(?!\S)")  # the end marker is a name like any other


class Command(NamedTuple):
    """A command as it is typed, the output that the page shows, and what is compared: "exact", "differs" or ""."""

    line: str
    output: str
    compared: str


def commands(page: str) -> list[Command]:
    """The commands on a page, in order. A block in the language of a shell is one command."""
    found = []
    for match in _BLOCK.finditer((ROOT / page).read_text(encoding="utf-8")):
        compared, language, text = match[1] or "", match[2], match[3]
        if language == "console":
            found += [Command(line, output, compared) for line, output in _typed(text)]
        elif language in _SHELLS:
            found.append(Command(text, "", compared))
    return found


def _typed(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a block with its output."""
    lines = text.splitlines(keepends=True)
    while lines:
        line = lines.pop(0).removeprefix("$ ")
        while line.endswith("\\\n"):
            line += lines.pop(0)
        if here := _HERE_DOCUMENT.search(line):
            while not line.endswith(f"\n{here[1]}\n"):
                line += lines.pop(0)
        output = ""
        while lines and not lines[0].startswith("$ "):
            output += lines.pop(0)
        yield line.rstrip("\n"), output


def session(page: str) -> doctest.DocTest:
    """All Python sessions on a page, as one."""
    blocks = _BLOCK.finditer((ROOT / page).read_text(encoding="utf-8"))
    text = "\n".join(match[3] for match in blocks if match[2] == "pycon")
    return doctest.DocTestParser().get_doctest(text, {}, page, page, 0)


def agrees(shown: str, output: str, compared: str = "") -> bool:
    """Whether a command has printed what the page shows; a page that shows nothing agrees with everything."""
    if not shown or compared == "differs":
        return True
    if compared == "exact":
        return output == shown
    pattern = ".*".join(re.escape(masked(part)) for part in shown.split("..."))
    return re.fullmatch(pattern, masked(output)) is not None


def masked(output: str) -> str:
    """`output` without what a model with other weights says differently: names, numbers, lengths of bars and spaces."""
    text = _WORD.sub("word", _BAR.sub("", output))
    text = re.sub(r"[-+]?[\d,.]*\d", "0", text)
    return re.sub(r"[ \n]+", " ", text).strip()
