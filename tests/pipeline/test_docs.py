"""Every command on the pages that people read is typed, and prints what the page shows.

Each page is typed from its beginning to its end in a clone of this project with small variants. Their names and numbers
are not those on the page, but nothing else may differ; test_docs_committed.py compares the names and numbers. The table
in elsewhere.py has the commands that are not typed, and who runs them. All others are: a new command, or a new page,
needs no line here.
"""

import contextlib
import doctest
from collections.abc import Iterator

import pytest

from makemore.core.layout import PARAMS
from makemore.core.params import load_params
from stages import check
from tests.conftest import ROOT
from tests.pipeline.elsewhere import ELSEWHERE, elsewhere
from tests.pipeline.pages import PAGES, agrees, commands, session
from tests.pipeline.project import Project
from tests.pipeline.reader import Reader, project_of_trials
from tests.pipeline.storage import Bucket, bucket

TRIALS = ["datasets/README.md", "docs/models.md", "docs/scaling.md"]  # experiments with any of our variants


@pytest.fixture(scope="module")
def storage() -> Iterator[Bucket]:
    with bucket() as storage:
        yield storage


@pytest.fixture(scope="module")
def clone(reproduced: Project, storage: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Who reads most pages, in a clone whose results are those of the small variants, and in MLflow."""
    project = reproduced.copy(tmp_path_factory.mktemp("docs") / "clone")
    project.run("dvc", "repro")
    return Reader(project, storage)


@pytest.fixture
def reader(clone: Reader) -> Iterator[Reader]:
    yield clone
    clone.forget()
    clone.project.run("dvc", "checkout", "--quiet", "--force")


@pytest.fixture(scope="module")
def trying(storage: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Who tries experiments, in a project whose stages do nothing."""
    root = tmp_path_factory.mktemp("trials") / "clone"
    return Reader(project_of_trials(root), storage)


def lines(page: str) -> list[str]:
    """The commands of a page that are to be typed."""
    return [command.line for command in commands(page) if not elsewhere(page, command.line)]


@pytest.mark.parametrize("page", [page for page in PAGES if page not in TRIALS and lines(page)])
def test_commands_print_what_the_page_shows(reader: Reader, page: str) -> None:
    assert list(reader.read(page)) == lines(page)


@pytest.mark.parametrize("page", TRIALS)
def test_experiments_have_values_that_the_check_stage_accepts(trying: Reader, page: str) -> None:
    typed = []
    for line in trying.read(page):
        typed.append(line)
        if "dvc exp run" in line:
            with contextlib.chdir(trying.project.root):
                check.run(load_params(PARAMS))
            trying.forget()
    assert typed == lines(page)


def test_python_prints_what_the_page_shows(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    class Checker(doctest.OutputChecker):
        def check_output(self, want: str, got: str, optionflags: int) -> bool:
            return agrees(want, got)

    monkeypatch.chdir(reader.project.root)
    said: list[str] = []
    runner = doctest.DocTestRunner(Checker())
    runner.run(session("docs/python.md"), out=said.append)
    assert not runner.failures, "".join(said)
    assert runner.tries > 15


@pytest.mark.parametrize("page", ELSEWHERE)
def test_commands_that_are_not_typed_are_run_elsewhere(page: str) -> None:
    """Each entry of the table is about a command of its page, and its file still has the text that runs it."""
    assert {elsewhere(page, command.line) for command in commands(page)} - {""} == set(ELSEWHERE[page])
    for file, text in ELSEWHERE[page].values():
        assert text in (ROOT / file).read_text(encoding="utf-8"), file
        assert file.startswith((".ci/", ".github/", "tests/")), file
