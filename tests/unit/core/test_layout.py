"""Paths."""

from pathlib import Path

import pytest

from makemore.core import layout

PATHS = {name: value for name, value in vars(layout).items() if isinstance(value, Path) and name != "PACKAGE"}


def test_paths_are_distinct_and_relative_to_the_root() -> None:
    assert len(set(PATHS.values())) == len(PATHS) > 10
    assert not [name for name, path in PATHS.items() if path.is_absolute() or ".." in path.parts]


def test_main_repository_is_the_current_folder_without_dvc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DVC_ROOT", raising=False)
    assert layout.main_repository() == Path()


def test_main_repository_of_an_experiment_is_the_original(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_ROOT", "/somewhere/makemore")
    assert layout.main_repository() == Path("/somewhere/makemore")
