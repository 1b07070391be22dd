"""The journal that a training writes: one file however often it is killed, and when its carrier process starts.

No process is started here. The journal is read as MLflow's side reads it.
"""

import json
import os
import shutil
import time
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.core.curve import Point
from makemore.core.errors import Interrupted, UserError
from makemore.core.layout import JOURNALS
from makemore.tracking.live.reader import Training, read_journal, remove_journal
from makemore.training import journal as journals
from makemore.training.journal import Journal, hash_of_model, one_line, streamed_journal

PATH = JOURNALS / "gpt-0123456789abcdef.jsonl"
PARAMS = {"variant": "gpt", "model": "gpt", "lr": 0.1}
START: dict[str, Any] = {
    "variant": "gpt",
    "key": "0123456789abcdef",
    "experiment": "makemore",
    "folder": "/somewhere",
    "params": PARAMS,
}
POINTS = [Point(0, 3.5, 3.25, 0.0), Point(10, 0.1 + 0.2, 1e-300, 0.004), Point(20, float("inf"), 2.0, 0.1)]


@pytest.fixture(autouse=True)
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The journals whose carrier would have been started."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.setattr(journals, "SECONDS_BEFORE_STREAMING", 1e6)
    names: list[str] = []
    monkeypatch.setattr(journals.Carrier, "_start", lambda self: names.append(self._journal.path.name))
    return names


def train(key: str = "k", params: dict[str, Any] = PARAMS, experiment: str = "makemore") -> Path:
    """The journal of a training that finishes."""
    with streamed_journal("gpt", key, params, experiment) as journal:
        journal.point(POINTS[0])
        Path("model").mkdir(exist_ok=True)
        journal.trained(Path("model"))
    return journal.path


def write(points: list[Point], status: str = "FINISHED", error: str = "") -> None:
    journal = Journal(PATH)
    journal.begin(START)
    for point in points:
        journal.point(point)
    journal.end(status, error)
    journal.close()


def read(path: Path = PATH) -> Training:
    training = read_journal(path)
    assert training is not None
    return training


def points_of(training: Training) -> list[Point]:
    return [point for point, _ in training.points]


def test_finished_training_notes_its_model_and_leaves_delivery_to_track(started: list[str]) -> None:
    before = int(time.time() * 1000)
    training = read(train())
    assert (training.variant, training.key, training.params, training.experiment) == ("gpt", "k", PARAMS, "makemore")
    assert (training.status, training.error, training.model) == ("FINISHED", "", hash_of_model(Path("model")))
    assert (training.folder, points_of(training)) == (str(Path.cwd()), POINTS[:1])
    assert before <= training.start <= training.points[0][1] <= training.end <= int(time.time() * 1000)
    assert started == []


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (UserError("the loss became nan\nat step 3"), "FAILED", "the loss became nan at step 3"),
        (RuntimeError(), "FAILED", "RuntimeError"),
        (Interrupted("stopped after step 10"), "KILLED", "stopped after step 10"),
        (KeyboardInterrupt(), "KILLED", "KeyboardInterrupt"),
        (ValueError("x" * 1000), "FAILED", "x" * 250),
        (ValueError("a\0b\udcff\nc\u2028d"), "FAILED", "a b c d"),  # no database can store all of it
    ],
)
def test_error_is_noted_and_delivered_at_once(error: BaseException, status: str, line: str, started: list[str]) -> None:
    with pytest.raises(type(error)), streamed_journal("gpt", "k", PARAMS, "makemore") as journal:
        raise error
    training = read(journal.path)
    assert (training.status, training.error, training.model) == (status, line, "")
    assert one_line(error) == line
    assert started == [journal.path.name], "there may be no track stage for a long time"


def test_same_training_has_the_same_journal_and_another_one_its_own() -> None:
    path = train()
    assert (path.parent, path.name) == (JOURNALS, "gpt-k.jsonl")
    assert train(params=PARAMS | {"data.path": "b"}, experiment="other") == path
    assert (read(path).params["data.path"], read(path).experiment) == ("b", "other"), "as of its last start"
    assert points_of(read(path)) == POINTS[:1]
    assert train(key="other") != path


def test_carrier_starts_when_the_training_is_old_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    started = Event()
    monkeypatch.setattr(journals, "SECONDS_BEFORE_STREAMING", 0.01)
    monkeypatch.setattr(journals.Carrier, "_start", lambda _: started.set())
    with streamed_journal("gpt", "k", PARAMS, "makemore"):
        assert started.wait(30)


def test_unwritable_journal_starts_no_carrier_and_stops_no_training(
    started: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    JOURNALS.parent.mkdir(parents=True)
    JOURNALS.write_text("not a folder", encoding="utf-8")
    train()
    warning = f"warning: {JOURNALS / 'gpt-k.jsonl'}: File exists; MLflow gets this training when it is done\n"
    assert capsys.readouterr().err == warning
    with pytest.raises(UserError), streamed_journal("gpt", "k", PARAMS, "makemore"):
        raise UserError("diverged")
    assert started == []


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_pipe_or_folder_in_its_place_does_not_block(make: Any, capsys: pytest.CaptureFixture[str]) -> None:
    PATH.parent.mkdir(parents=True)
    make(PATH)
    write(POINTS)
    assert read_journal(PATH) is None
    assert "not a regular file" in capsys.readouterr().err


def test_resumed_training_continues_its_journal() -> None:
    write(POINTS[:2], "KILLED", "stopped after step 10")
    killed = read()
    assert (killed.status, killed.error, killed.model) == ("KILLED", "stopped after step 10", "")
    write(POINTS)
    training = read()
    assert points_of(training) == POINTS
    assert training.points[:2] == killed.points, "with their original times"
    assert (training.status, training.error) == ("FINISHED", "")
    assert training.start >= killed.start


def test_training_runs_as_long_as_its_journal_is_open_and_is_killed_if_it_ends_without_a_word() -> None:
    journal = Journal(PATH)
    journal.begin(START)
    journal.point(POINTS[0])
    assert read().status == "RUNNING"
    remove_journal(PATH)
    assert PATH.exists(), "it is being written"
    journal.close()
    assert (read().status, read().error) == ("KILLED", "the training was killed")
    assert points_of(read()) == POINTS[:1]
    remove_journal(PATH)
    remove_journal(PATH)
    assert not PATH.exists()


@settings(max_examples=50)
@given(cut=st.integers(min_value=0, max_value=700))
def test_kill_at_any_byte_keeps_the_points_before(cut: int) -> None:
    shutil.rmtree(JOURNALS, ignore_errors=True)
    write(POINTS)
    content = PATH.read_bytes()
    PATH.write_bytes(content[:cut])
    training = read_journal(PATH)
    complete = content[: content[:cut].rfind(b"\n") + 1].splitlines()
    if training is None:
        assert not complete
    else:
        assert points_of(training) == POINTS[: len(complete) - 1]
        assert training.status == ("FINISHED" if cut >= len(content) else "KILLED")
    write(POINTS)
    assert points_of(read()) == POINTS
    assert all(json.loads(line) for line in PATH.read_bytes().splitlines())


class Disk:
    """A file on a disk that takes a few bytes at a time, and after `room` bytes no more."""

    def __init__(self, path: Path, room: int) -> None:
        self._file, self._room = path.open("ab", buffering=0), room

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, content: bytes) -> int:
        if not self._room:
            raise OSError(28, os.strerror(28))
        written = self._file.write(content[: min(7, self._room)])
        self._room -= written
        return written


@pytest.mark.parametrize("room", [100, 1_000_000])
def test_line_that_a_full_disk_cuts_is_taken_back(room: int, capsys: pytest.CaptureFixture[str]) -> None:
    """With one warning. A short write on a disk that has room is completed."""
    journal = Journal(PATH)
    journal.begin(START)
    journal._file = Disk(PATH, room)  # type: ignore[assignment]
    for point in POINTS:
        journal.point(point)
    assert journal.is_open == (room > 100)
    journal.close()
    assert points_of(read()) == (POINTS if room > 100 else POINTS[:1])
    assert PATH.read_bytes().endswith(b"\n")
    warning = f"warning: {PATH}: No space left on device; MLflow gets this training when it is done\n"
    assert capsys.readouterr().err == ("" if room > 100 else warning)
    write(POINTS)
    assert points_of(read()) == POINTS
    assert all(json.loads(line) for line in PATH.read_bytes().splitlines())


def test_thousand_points_take_less_than_a_second() -> None:
    """A training must not wait for its journal."""
    journal = Journal(PATH)
    journal.begin(START)
    start = time.process_time()
    for step in range(1000):
        journal.point(Point(step, 1.0, 1.0, 1.0))
    assert time.process_time() - start < 1
    journal.close()


def test_hash_of_a_model_depends_on_names_and_contents_of_its_files(tmp_path: Path) -> None:
    hashes: list[str] = []
    for name, content in (("weights", b"1"), ("weights", b"2"), ("config", b"1")):
        folder = tmp_path / f"{len(hashes)}"
        folder.mkdir()
        (folder / name).write_bytes(content)
        hashes.append(hash_of_model(folder))
        (folder / ".weights.123.tmp").write_bytes(b"being written")
        assert hash_of_model(folder) == hashes[-1]
    assert len(set(hashes)) == 3
