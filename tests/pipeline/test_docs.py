"""Every command in docs/cli.md and docs/python.md runs, and prints what the page shows.

The project is the small one, whose models are worse. Where the page says "exact", the output is the same; elsewhere
names and numbers may differ, and nothing else. Commands run in this process, which has imported torch; those with a
pipe run in a shell.
"""

import doctest
import shlex
import sys
from collections.abc import Callable

import pytest

from makemore import cli
from tests.pipeline.pages import blocks, commands, masked
from tests.pipeline.project import Project


@pytest.fixture
def clone(project: Project, reproduced: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A clone that a page may change. It shares the store of the original, and is the current folder."""
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{reproduced.root}/mlflow.db")
    return project


@pytest.fixture
def output_of(
    clone: Project, reproduced: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], str]:
    """A function that runs a command line, which must succeed, and returns its output."""

    def run(line: str) -> str:
        if "|" in line:
            store = f"sqlite:///{reproduced.root}/mlflow.db"
            return clone.run("bash", "-o", "pipefail", "-c", line, MLFLOW_TRACKING_URI=store)
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        status = cli.main()
        output, error = capsys.readouterr()
        assert (status, error) == (0, ""), line
        return output

    return run


def test_command_line(output_of: Callable[[str], str]) -> None:
    tried = 0
    for block in blocks("cli.md"):
        for line, expected in commands(block):
            output, tried = output_of(line), tried + 1
            if block.kind == "exact":
                assert output == expected, line
            elif block.kind != "differs":
                assert masked(output) == masked(expected), line
            assert output, line
    assert tried > 10


class Checker(doctest.OutputChecker):
    """Compares what is not a name or a number."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return masked(want) == masked(got)


@pytest.mark.usefixtures("clone")
def test_python() -> None:
    text = "\n".join(block.text for block in blocks("python.md"))
    test = doctest.DocTestParser().get_doctest(text, {}, "docs/python.md", "docs/python.md", 0)
    runner = doctest.DocTestRunner(Checker())
    said: list[str] = []
    runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)
    assert runner.tries > 15
