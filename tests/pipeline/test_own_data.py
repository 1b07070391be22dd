"""`makemore repro --data FILE` with the real DVC: results of one's own names, beside the committed ones."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.pipeline.tiny import TinyNames


def test_results_are_an_experiment_and_the_committed_ones_stay(tmp_path: Path) -> None:
    file = tmp_path / "my élements.txt"
    shutil.copy(ROOT / "datasets/elements.txt", file)
    project = TinyNames(tmp_path / "project", count=1)
    output = project.run("makemore", "repro", "--data", str(file), "--jobs", "2")
    assert output[0] == "names       118, 118 distinct"
    assert "report: reports/experiments/my-élements.html (open it in a browser)" in output
    assert (project.root / "reports/experiments/my-élements.html").exists()
    assert project.run("git", "status", "--porcelain") == project.run("git", "stash", "list") == []
    assert "my-élements" in project.run("dvc", "exp", "list", "--name-only")

    committed = (project.root / "artifacts/corpus").read_bytes()
    project.run("dvc", "exp", "apply", "my-élements")
    assert f"path: {file}" in (project.root / "params.yaml").read_text(encoding="utf-8")
    assert (project.root / "artifacts/corpus").read_bytes() != committed
    project.run("git", "restore", "params.yaml", "dvc.lock", "reports")
    project.run("dvc", "checkout")
    assert project.run("git", "status", "--porcelain") == []
    assert (project.root / "artifacts/corpus").read_bytes() == committed

    project.add_make()
    events = project.events
    project.run("make", "repro", f"DATA={file}")
    assert project.events == events, "DVC's cache has everything"
    project.run("dvc", "exp", "remove", "my-élements")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "no.txt"], "no.txt: "),
        (["--data", "datasets/names.txt", "report"], "--data runs the whole pipeline; leave out the stages"),
        (["--column", "name"], "--column needs --data"),
    ],
)
def test_bad_arguments_are_one_line(arguments: list[str], message: str) -> None:
    command = [sys.executable, "-m", "makemore.cli", "repro", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert line.startswith("error: ")
    assert message in line
