"""`makemore repro --data FILE` with the real DVC: results of one's own names, beside the committed ones."""

from pathlib import Path

import pytest

from makemore.core.files import read_json
from makemore.core.layout import DEV_NLL
from tests.pipeline.project import Project
from tests.pipeline.reader import make_environment


def test_results_are_an_experiment_and_the_committed_ones_stay(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "my elements.txt"
    file.write_bytes((project.root / "datasets/elements.txt").read_bytes())
    output = project.run("makemore", "repro", "--data", str(file), "--jobs", "2")
    lines = output.splitlines()
    assert lines[0] == "names       118, 118 distinct"
    assert "parameter   variants.bigram.l2: 0.77" in lines
    assert "report: reports/own/my-elements.html (open it in a browser)" in lines
    page = (project.root / "reports/own/my-elements.html").read_text(encoding="utf-8")
    assert "118" in page
    assert project.changed_results() == ""
    assert project.run("git", "stash", "list") == ""
    assert "my-elements" in project.run("dvc", "exp", "list", "--name-only")

    project.run("dvc", "exp", "apply", "my-elements")
    assert project.params["data"]["path"] == str(file)
    assert "H" in (project.root / "artifacts/corpus/vocabulary.json").read_text(encoding="utf-8")
    losses = read_json(project.root / DEV_NLL)
    assert losses["count"] < losses["uniform"]
    project.run("git", "restore", ".")
    project.run("dvc", "checkout")
    assert project.changed_results() == ""

    make_environment(project.root / ".venv")
    again = project.run("make", "repro", f"DATA={file}")
    assert " ran, " in again
    assert "train@gpt" not in [line.split()[0] for line in again.splitlines() if " ran in " in line]
    project.run("dvc", "exp", "remove", "my-elements")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "no.txt"], "no.txt: "),
        (["--data", "datasets/names.txt", "report"], "--data runs the whole pipeline; leave out the stages"),
        (["--column", "name"], "--column needs --data"),
    ],
)
def test_bad_arguments_are_one_line(reproduced: Project, arguments: list[str], message: str) -> None:
    (line,) = reproduced.run("makemore", "repro", *arguments, status=2).splitlines()
    assert line.startswith("error: ")
    assert message in line
