"""Every command in docs/cli.md and docs/python.md runs, and prints what the page shows.

The project is the small one, whose models are worse. Where the page says "exact", the output is the same; elsewhere
names and numbers may differ, and nothing else.
"""

import doctest

import pytest

from tests.pipeline.pages import blocks, commands, masked
from tests.pipeline.project import Project


@pytest.fixture(scope="module")
def clone(reproduced: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone that the commands of a page may change, one after the other. It shares the store of the original."""
    return reproduced.copy(tmp_path_factory.mktemp("docs") / "clone")


def test_command_line(reproduced: Project, clone: Project) -> None:
    store = f"sqlite:///{reproduced.root}/mlflow.db"
    for block in blocks("cli.md"):
        for line, expected in commands(block) if block.language == "console" else ():
            output = clone.run("bash", "-o", "pipefail", "-c", line, MLFLOW_TRACKING_URI=store)
            assert output.strip(), line
            if block.kind == "exact":
                assert output == expected, line
            elif block.kind != "differs":
                assert masked(output) == masked(expected), line


class Checker(doctest.OutputChecker):
    """Compares what is not a name or a number."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return masked(want) == masked(got)


def test_python(reproduced: Project, clone: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clone.root)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{reproduced.root}/mlflow.db")
    text = "\n".join(block.text for block in blocks("python.md"))
    test = doctest.DocTestParser().get_doctest(text, {}, "docs/python.md", "docs/python.md", 0)
    runner = doctest.DocTestRunner(Checker())
    said: list[str] = []
    runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)
    assert runner.tries > 15
