"""The journal of a training: whole at any moment, one for a training however often it is killed."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore.errors import Interrupted, UserError
from makemore.tracking import journal as journals
from makemore.tracking.journal import FOLDER, open_journal, read_journal, remove_journal
from tests.conftest import ROOT

PARAMS = {"variant": "gpt", "model": "gpt", "lr": 0.1}
POINTS = [[0, 3.5, 3.25, 0.0], [10, 0.1 + 0.2, 1e-300, 0.004], [20, float("inf"), 2.0, 0.1]]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.setattr(journals, "SECONDS_BEFORE_STREAMING", 1e6)
    monkeypatch.setattr(journals.Journal, "_start_carrier", lambda self: None)


def write(points: list[list[float]], key: str = "k", params: dict[str, Any] = PARAMS) -> Path:
    with open_journal("gpt", key, params, "makemore") as journal:
        for point in points:
            journal.point(point)
        Path("model").mkdir(exist_ok=True)
        journal.trained(Path("model"))
    return journal.path


def test_what_was_written_is_read() -> None:
    training = read_journal(write(POINTS))
    assert training is not None
    assert [point for point, _ in training.points] == POINTS
    assert (training.variant, training.params, training.status) == ("gpt", PARAMS, "FINISHED")
    assert training.model == journals.hash_of_model(Path("model"))
    assert training.folder == str(Path.cwd())


def test_a_training_that_goes_on_goes_on_in_its_journal() -> None:
    with pytest.raises(Interrupted), open_journal("gpt", "k", PARAMS, "makemore") as journal:  # noqa: PT012
        journal.point(POINTS[0])
        journal.point(POINTS[1])
        raise Interrupted("stopped after step 10")
    killed = read_journal(journal.path)
    assert killed is not None
    assert (killed.status, killed.error) == ("KILLED", "stopped after step 10")
    training = read_journal(write(POINTS))
    assert training is not None
    assert [point for point, _ in training.points] == POINTS
    assert training.points[:2] == killed.points, "with the times of before"
    assert training.status == "FINISHED"
    others = [write(POINTS, key="other"), write(POINTS, params=PARAMS | {"lr": 0.2})]
    assert len({journal.path, *others}) == 3


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (UserError("the loss became nan\nat step 3"), "FAILED", "the loss became nan at step 3"),
        (RuntimeError(), "FAILED", "RuntimeError"),
        (KeyboardInterrupt(), "KILLED", "KeyboardInterrupt"),
        (ValueError("x" * 1000), "FAILED", "x" * 250),
    ],
)
def test_how_it_ended(error: BaseException, status: str, line: str) -> None:
    with pytest.raises(type(error)), open_journal("gpt", "k", PARAMS, "makemore") as journal:
        raise error
    training = read_journal(journal.path)
    assert training is not None
    assert (training.status, training.error) == (status, line)


@given(cut=st.integers(min_value=0, max_value=2000))
def test_a_kill_at_any_byte_leaves_the_points_before(cut: int) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    path = write(POINTS)
    content = path.read_bytes()
    path.write_bytes(content[:cut])
    training = read_journal(path)
    whole = content[: content[:cut].rfind(b"\n") + 1].splitlines()
    if training is None:
        assert not whole
    else:
        assert [point for point, _ in training.points] == POINTS[: len(whole) - 1]
        assert training.status == ("FINISHED" if cut >= len(content) else "KILLED")
    again = read_journal(write(POINTS))
    assert again is not None
    assert [point for point, _ in again.points] == POINTS
    assert all(json.loads(line) for line in path.read_bytes().splitlines())


def test_it_is_running_as_long_as_its_process_lives() -> None:
    with open_journal("gpt", "k", PARAMS, "makemore") as journal:
        code = f"from makemore.tracking.journal import *; print(read_journal(Path({str(journal.path)!r})).status)"
        command = [sys.executable, "-c", code]
        assert subprocess.check_output(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True) == "RUNNING\n"
        code = f"from makemore.tracking.journal import *; remove_journal(Path({str(journal.path)!r}))"
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
        assert journal.path.exists(), "not removed while somebody writes it"
    remove_journal(journal.path)
    remove_journal(journal.path)
    assert not journal.path.exists()


def test_a_disk_that_is_full_costs_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    FOLDER.parent.mkdir(parents=True)
    FOLDER.write_text("no folder", encoding="utf-8")
    write(POINTS)
    assert capsys.readouterr().err.count("warning: ") == 1


def test_a_point_costs_the_training_nothing() -> None:
    """No network and no waiting: a thousand points a second is the least."""
    with open_journal("gpt", "k", PARAMS, "makemore") as journal:
        start = time.process_time()
        for step in range(1000):
            journal.point([step, 1.0, 1.0, 1.0])
        assert time.process_time() - start < 1


def test_a_training_imports_no_mlflow() -> None:
    code = "import sys, stages.train; sys.exit(any(name.split('.')[0] == 'mlflow' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
