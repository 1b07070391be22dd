"""Commands in a folder of a project, and names from stdin."""

import io
import json
import os
import sys
from pathlib import Path

import pytest

from makemore.core.files import write_text
from tests.conftest import FEW_NAMES
from tests.unit.cli.conftest import Makemore

NAMES = "\n".join(f"{first} {second}" for first in FEW_NAMES for second in FEW_NAMES)


@pytest.fixture
def inside(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in a DVC project, as the current one."""
    write_text(Path("dvc.yaml"), "")
    for folder in (Path(".dvc"), Path("lists/of names")):
        folder.mkdir(parents=True)
    monkeypatch.chdir("lists/of names")
    return Path.cwd()


def test_commands_work_in_folders_of_a_project(inside: Path, makemore: Makemore) -> None:
    for command in (["variants"], ["sample", "gpt"], ["score", "../../artifacts/models/gpt", "emma"]):
        os.chdir(inside)
        status, output, error = makemore(*command)
        assert (status, error, Path.cwd()) == (0, "", inside.parent.parent)
        assert output


def test_paths_are_those_of_the_folder_where_people_are(inside: Path, makemore: Makemore) -> None:
    write_text(Path("names.txt"), NAMES)
    status, output, error = makemore("data", "check", "names.txt")
    assert (status, error) == (0, "")
    assert "parameter   data.path: lists/of names/names.txt" in output.splitlines()
    assert output.splitlines()[-1] == "try it: makemore repro --data names.txt"
    os.chdir(inside)
    _, output, _ = makemore("data", "check", str(Path("names.txt").resolve()), "--json")
    assert json.loads(output)["changes"]["data.path"] == str(inside / "names.txt")


def test_a_new_project_is_written_to_the_folder_where_people_are(inside: Path, makemore: Makemore) -> None:
    status, _, error = makemore("init", "..")
    assert (status, error) == (2, "error: ..: exists and is not an empty folder; choose another one\n")
    assert Path.cwd() == inside


def test_outside_a_project_nothing_moves(makemore: Makemore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, error = makemore("variants")
    assert (status, error.startswith("error: params.yaml: no such file"), Path.cwd()) == (2, True, tmp_path)


def test_names_from_stdin(project: Path, makemore: Makemore, monkeypatch: pytest.MonkeyPatch) -> None:
    def pipe(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    pipe(NAMES.encode())
    status, output, error = makemore("data", "check", "-")
    assert (status, error, "data.path" in output) == (0, "", False)
    assert output.splitlines()[0] == "names       196, 169 distinct"
    assert output.splitlines()[-1] == "try it: makemore repro --data -"
    pipe(b"emma\n\xff\n")
    status, output, error = makemore("data", "check", "-")
    assert (status, output) == (2, "")
    assert error.startswith("error: stdin:2: not UTF-8")
