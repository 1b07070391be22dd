"""The journal of a training: complete at any moment, and one file however often the training is killed."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.core.layout import JOURNALS
from makemore.models.base import Point
from makemore.training.journal import Journal, hash_of_model, journal_token, read_journal, remove_journal

PATH = JOURNALS / "gpt-0123456789abcdef.jsonl"
START: dict[str, Any] = {
    "variant": "gpt",
    "token": "0123456789abcdef",
    "experiment": "makemore",
    "folder": "/somewhere",
    "params": {"variant": "gpt", "model": "gpt", "lr": 0.1},
}
POINTS = [Point(0, 3.5, 3.25, 0.0), Point(10, 0.1 + 0.2, 1e-300, 0.004), Point(20, float("inf"), 2.0, 0.1)]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(points: list[Point], status: str = "FINISHED", error: str = "") -> None:
    journal = Journal(PATH)
    journal.begin(START)
    for point in points:
        journal.point(point)
    if status == "FINISHED":
        Path("model").mkdir(exist_ok=True)
        Path("model/weights").write_bytes(b"1")
        journal.trained(Path("model"))
    journal.end(status, error)
    journal.close()


def test_written_journal_is_read_back() -> None:
    before = int(time.time() * 1000)
    write(POINTS)
    training = read_journal(PATH)
    assert training is not None
    assert {name: getattr(training, name) for name in START} == START
    assert [point for point, _ in training.points] == POINTS
    assert (training.status, training.error) == ("FINISHED", "")
    assert training.model == hash_of_model(Path("model"))
    assert before <= training.start <= training.points[0][1] <= training.end <= int(time.time() * 1000)


def test_resumed_training_continues_its_journal() -> None:
    write(POINTS[:2], "KILLED", "stopped after step 10")
    killed = read_journal(PATH)
    assert killed is not None
    assert (killed.status, killed.error, killed.model) == ("KILLED", "stopped after step 10", "")
    write(POINTS)
    training = read_journal(PATH)
    assert training is not None
    assert [point for point, _ in training.points] == POINTS
    assert training.points[:2] == killed.points, "with their original times"
    assert (training.status, training.error) == ("FINISHED", "")
    assert training.start >= killed.start


def test_training_that_is_killed_without_a_word_is_killed() -> None:
    journal = Journal(PATH)
    journal.begin(START)
    journal.point(POINTS[0])
    journal.close()
    training = read_journal(PATH)
    assert training is not None
    assert (training.status, training.error) == ("KILLED", "the training was killed")
    assert [point for point, _ in training.points] == POINTS[:1]


def test_open_journal_is_that_of_a_running_training() -> None:
    journal = Journal(PATH)
    journal.begin(START)
    training = read_journal(PATH)
    assert training is not None
    assert training.status == "RUNNING"
    journal.close()


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
        assert [point for point, _ in training.points] == POINTS[: len(complete) - 1]
        assert training.status == ("FINISHED" if cut >= len(content) else "KILLED")
    write(POINTS)
    again = read_journal(PATH)
    assert again is not None
    assert [point for point, _ in again.points] == POINTS
    assert all(json.loads(line) for line in PATH.read_bytes().splitlines())


def test_missing_or_empty_journal_holds_no_training() -> None:
    assert read_journal(PATH) is None
    PATH.parent.mkdir(parents=True)
    PATH.touch()
    assert read_journal(PATH) is None


def test_removing_a_journal_twice_is_a_no_op() -> None:
    write(POINTS)
    remove_journal(PATH)
    remove_journal(PATH)
    assert not PATH.exists()


def test_journal_that_is_being_written_is_not_removed() -> None:
    journal = Journal(PATH)
    journal.begin(START)
    remove_journal(PATH)
    assert PATH.exists()
    journal.close()
    remove_journal(PATH)
    assert not PATH.exists()


def test_folder_that_cannot_be_created_costs_one_warning(capsys: pytest.CaptureFixture[str]) -> None:
    JOURNALS.parent.mkdir(parents=True)
    JOURNALS.write_text("not a folder", encoding="utf-8")
    write(POINTS)
    assert capsys.readouterr().err == f"warning: {PATH}: File exists; MLflow gets this training when it is done\n"


def test_full_disk_costs_one_warning(capsys: pytest.CaptureFixture[str]) -> None:
    """Linux's /dev/full can be opened, but every write fails."""
    journal = Journal(PATH)
    journal.begin(START)
    journal._file = Path("/dev/full").open("ab", buffering=0)  # noqa: SIM115 (`close` is called below)
    for point in POINTS:
        journal.point(point)
    journal.end("FINISHED")
    assert not journal.is_open
    journal.close()
    warning = "No space left on device; MLflow gets this training when it is done"
    assert capsys.readouterr().err == f"warning: {PATH}: {warning}\n"


def test_thousand_points_take_less_than_a_second() -> None:
    """A training must not wait for its journal."""
    journal = Journal(PATH)
    journal.begin(START)
    start = time.process_time()
    for step in range(1000):
        journal.point(Point(step, 1.0, 1.0, 1.0))
    assert time.process_time() - start < 1
    journal.close()


def test_token_depends_on_run_experiment_and_shown_parameters() -> None:
    token = journal_token("k", "makemore", {"a": 1, "b": 2})
    assert token == journal_token("k", "makemore", {"b": 2, "a": 1})
    others = [
        journal_token("other", "makemore", {"a": 1, "b": 2}),
        journal_token("k", "other", {"a": 1, "b": 2}),
        journal_token("k", "makemore", {"a": 1, "b": 3}),
    ]
    assert len({token, *others}) == 4


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
