"""Names and numbers on the pages are exactly those of the committed models, where this folder has them."""

import doctest
import hashlib
import os
from pathlib import Path

import pytest
import yaml

from makemore.core import layout
from tests.conftest import ROOT
from tests.pipeline.pages import commands, session
from tests.pipeline.terminal import Terminal

MODELS = {"sample", "score", "complete", "variants", "compare"}  # the commands that show what models compute
LOCK = yaml.safe_load((ROOT / layout.LOCK).read_text(encoding="utf-8"))["stages"]


def is_committed(path: str, md5: str) -> bool:
    """Whether the file at `path` in this folder is the one in dvc.lock."""
    file = ROOT / path
    return file.exists() and hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest() == md5


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with everything that this one has, in which new artifacts are not written to this one."""
    models = [out for stage, entry in LOCK.items() if stage.startswith("train@") for out in entry["outs"]]
    if not all(is_committed(out["path"], out["md5"]) for out in models) or not (ROOT / "mlflow.db").exists():
        pytest.skip("this folder does not have the committed models, and their runs; `make repro` computes them")
    for source, target in ((ROOT, tmp_path), (ROOT / "artifacts", tmp_path / "artifacts")):
        target.mkdir(exist_ok=True)
        for path in source.iterdir():
            if path.name != "artifacts":
                (target / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_command_line(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    terminal = Terminal(folder, dict(os.environ), tmp_path_factory.mktemp("terminal"))
    shown = [command for command in commands("docs/cli.md") if command.line.split()[1] in MODELS]
    assert len(shown) > 8
    for command in shown:
        assert terminal.type(command.line) == command.output, command.line


def test_python() -> None:
    said: list[str] = []
    runner = doctest.DocTestRunner()
    runner.run(session("docs/python.md"), out=said.append)
    assert not runner.failures, "".join(said)
