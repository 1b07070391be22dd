"""The files of a new project, and what is refused."""

from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from makemore.core.errors import UserError
from makemore.core.params import load_params
from makemore.project.init import init, project_files, with_pinned_package
from tests.conftest import PARAMS, ROOT

OURS = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


def bodies(stages: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """The stages, those of `foreach` without it."""
    return {name: stage.get("do", stage) for name, stage in stages.items()}  # type: ignore[misc]


def test_stages_depend_on_the_package_instead_of_its_files() -> None:
    theirs = bodies(yaml.safe_load(project_files()["dvc.yaml"])["stages"])
    for name, stage in bodies(OURS).items():
        own = [dependency for dependency in stage["deps"] if not dependency.startswith("makemore")]  # type: ignore[attr-defined]
        assert sorted(theirs[name]["deps"]) == sorted([*own, "requirements.txt"])  # type: ignore[call-overload]
        assert {**stage, "deps": ()} == {**theirs[name], "deps": ()}


def test_everything_but_dependencies_stays_in_dvc_yaml() -> None:
    text = (ROOT / "dvc.yaml").read_text()
    changed = with_pinned_package(text)
    kept = [line for line in text.splitlines() if not line.strip().startswith("- makemore")]
    assert [line for line in changed.splitlines() if line.strip() != "- requirements.txt"] == kept


def test_parameters_are_ours(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(project_files()["params.yaml"])
    assert load_params(path) == PARAMS


def test_package_and_torch_are_pinned() -> None:
    lines = project_files()["requirements.txt"].splitlines()
    assert lines[1].startswith("reproducible-makemore==")
    assert lines[2] == f"torch=={version('torch').partition('+')[0]}"
    assert not any("@" in line for line in lines)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear")
    with pytest.raises(UserError, match="exists and is not an empty folder; choose another one"):
        init(tmp_path)
    with pytest.raises(UserError, match="exists and is not an empty folder"):
        init(tmp_path / "letter.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
