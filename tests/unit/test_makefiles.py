"""What make would run, with the variables that people set, here and in a new project."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from makemore.project.init import project_files
from tests.conftest import ROOT

STRAY = {"DATA": "/data", "NAME": "laptop", "HOST": "laptop", "PORT": "80", "SET": "x", "COLUMN": "80", "JOBS": "0"}


@pytest.fixture(params=["here", "new project"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with a Makefile whose environment is complete: the commands only print their arguments."""
    text = (ROOT / "Makefile").read_text() if request.param == "here" else project_files()["Makefile"]
    (tmp_path / "Makefile").write_text(text)
    for name in ("requirements.lock", "pyproject.toml", "requirements.txt", ".venv/run", ".venv/ready"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    for name in ("makemore", "mlflow"):
        command = tmp_path / ".venv/bin" / name
        command.parent.mkdir(exist_ok=True)
        command.write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
        command.chmod(0o755)
    return tmp_path


def make(folder: Path, *arguments: str, **environment: str) -> str:
    """The last line that make prints, from either stream."""
    done = subprocess.run(
        ["make", *arguments], cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    return (done.stdout or done.stderr).splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["repro"], "<repro>"),
        (
            ["repro", "DATA=my names.csv", "COLUMN=it's", "JOBS=2"],
            "<repro><--jobs><2><--data><my names.csv><--column><it's>",
        ),
        (["verify"], "<verify><HEAD>"),
        (["runs"], "<runs>"),
        (["ui", "PORT=1"], "<ui><--host><127.0.0.1><--port><1>"),
        (["ui", "HOST=0.0.0.0"], "<ui><--host><0.0.0.0><--port><5000>"),
        (["sweep", "NAME=a", "SET=variants.gpt.lr=choice(1, 2)"], "<sweep><a><--set><variants.gpt.lr=choice(1, 2)>"),
    ],
)
def test_variables(folder: Path, arguments: list[str], expected: str) -> None:
    assert make(folder, *arguments, **STRAY) == expected


def test_serve(folder: Path) -> None:
    line = make(folder, "serve", "HOST=0.0.0.0")
    assert line.endswith("<--env-manager><local><--host><0.0.0.0><--port><5001>")


def test_python_that_will_not_do_is_one_line(folder: Path) -> None:
    for stamp in ("run", "ready"):
        (folder / ".venv" / stamp).unlink()
    python = folder / "python"
    for change, message in {
        "sys.version_info = (3, 14, 0)": f"error: Python 3.11, 3.12 or 3.13 is required, and {python} is 3.14: make ",
        "sys.modules['ensurepip'] = None": f"error: {python} cannot make an environment; install it: apt install",
    }.items():
        python.write_text(f'#!/bin/sh\nexec {sys.executable} -c "import sys; {change}\n$2"\n')
        python.chmod(0o755)
        done = subprocess.run(
            ["make", "repro", f"PYTHON={python}"], cwd=folder, capture_output=True, text=True, check=False
        )
        line, failed = done.stderr.splitlines()
        assert line.startswith(message)
        assert failed.startswith("make: *** ")
