"""Names and numbers on the pages are exactly those of the committed models, where this folder has them."""

import doctest
import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.pipeline.pages import commands, session
from tests.pipeline.project import Project
from tests.pipeline.terminal import Terminal

MODELS = {"sample", "score", "complete", "variants", "compare"}  # the commands that show what models compute


def is_here(path: str, md5: str) -> bool:
    """Whether this folder has the file at `path` with this hash."""
    file = ROOT / path
    return file.exists() and hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest() == md5


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone of the last commit, with the artifacts and the cache of this folder, and with runs in MLflow."""
    project = Project(tmp_path_factory.mktemp("committed") / "clone")
    subprocess.run(["git", "clone", "--quiet", ROOT, project.root], check=True)
    outputs = [out for entry in project.lock.values() for out in entry.get("outs", ()) if "md5" in out]
    if not all(is_here(out["path"], out["md5"]) for out in outputs if not out["md5"].endswith(".dir")):
        pytest.skip("this folder does not have the results of the last commit; `make repro` computes them")
    cache = subprocess.check_output(["dvc", "cache", "dir"], cwd=ROOT, text=True).strip()
    project.run("dvc", "cache", "dir", "--local", str(ROOT / cache))
    (project.root / "artifacts").mkdir()
    for path in [*(ROOT / "artifacts").iterdir(), ROOT / "reports/report.html"]:
        (project.root / path.relative_to(ROOT)).symlink_to(path)
    project.run("python", "-m", "stages", "track")
    return project


@pytest.fixture(autouse=True)
def folder(committed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(committed.root)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def test_command_line(committed: Project, tmp_path: Path) -> None:
    terminal = Terminal(committed.root, dict(os.environ), tmp_path)
    shown = [command for command in commands("docs/cli.md") if command.line.split()[1] in MODELS]
    assert len(shown) > 8
    for command in shown:
        assert terminal.type(command.line) == command.output, command.line


def test_python() -> None:
    said: list[str] = []
    runner = doctest.DocTestRunner()
    runner.run(session("docs/python.md"), out=said.append)
    assert not runner.failures, "".join(said)
