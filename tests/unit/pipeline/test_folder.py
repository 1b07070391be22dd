"""Locks are free exactly when the last process that holds them has ended."""

import fcntl
from pathlib import Path

import pytest

from makemore.pipeline.folder import FOLDER, lock_repro, log_path, open_locked


def is_free(path: Path) -> bool:
    with path.open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_lock_is_held_until_the_file_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    FOLDER.mkdir(parents=True)
    open_locked(log_path("train@a"), "nobody").close()  # the log of an earlier run, which nobody holds
    with lock_repro():
        assert not is_free(FOLDER / "lock")
        assert is_free(log_path("train@a"))
    assert is_free(FOLDER / "lock")


def test_logs_are_files_in_the_folder_whatever_the_stage_is_called() -> None:
    names = ["train@gpt", "data/names.txt.dvc", "train@ä b", "../x"]
    paths = {log_path(name) for name in names}
    assert len(paths) == len(names)
    assert {path.parent for path in paths} == {FOLDER}
