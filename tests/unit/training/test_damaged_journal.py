"""A journal that something damaged: its good lines count, and no line is ever glued to half of another."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from makemore.core.layout import JOURNALS
from makemore.models.base import Point
from makemore.training.journal import Journal, read_journal, set_aside
from makemore.training.streaming import one_line

PATH = JOURNALS / "gpt-0123456789abcdef.jsonl"
START: dict[str, Any] = {
    "variant": "gpt",
    "token": "0123456789abcdef",
    "experiment": "makemore",
    "folder": "/somewhere",
    "params": {"variant": "gpt", "model": "gpt", "lr": 0.1},
}
POINTS = [Point(step, 3.0 - step, 2.0, 0.1) for step in range(3)]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(points: list[Point] = POINTS, status: str = "FINISHED") -> None:
    journal = Journal(PATH)
    journal.begin(START)
    for point in points:
        journal.point(point)
    journal.end(status)
    journal.close()


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"null",
        b"[1, 2]",
        b'"\xff"',
        b"[" * 100_000,
        b"9" * 100_000,
        b'{"point": [1, 2.0], "time": 5}',
        b'{"point": [1.5, 2.0, 2.0, 0.1], "time": 5}',
        b'{"point": [-1, 2.0, 2.0, 0.1], "time": 5}',
        b'{"point": ["1", 2.0, 2.0, 0.1], "time": 5}',
        b'{"point": [1, 2.0, 2.0, 0.1]}',
        b'{"point": [1, 2.0, 2.0, 0.1], "time": 99999999999999999999}',
        b'{"start": 5, "variant": "gpt"}',
        b'{"end": 5, "status": "DONE", "error": "", "model": ""}',
        b'{"end": 5, "status": "FAILED", "error": "a\\u0000b", "model": ""}',
    ],
)
def test_damaged_line_is_dropped_and_counted(line: bytes) -> None:
    write()
    lines = PATH.read_bytes().splitlines()
    PATH.write_bytes(b"\n".join([*lines[:2], line, *lines[2:], b""]))
    training = read_journal(PATH)
    assert training is not None
    assert [point for point, _ in training.points] == POINTS
    assert (training.status, training.damaged) == ("FINISHED", 1)


def test_training_resumes_a_damaged_journal_and_repeats_the_lost_point() -> None:
    write(status="KILLED")
    lines = PATH.read_bytes().splitlines()
    PATH.write_bytes(b"\n".join([*lines[:2], lines[2][:20] + lines[3], *lines[4:], b""]))
    write()
    training = read_journal(PATH)
    assert training is not None
    assert sorted(point for point, _ in training.points) == POINTS
    assert training.damaged == 1


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


def open_on(room: int) -> Journal:
    journal = Journal(PATH)
    journal.begin(START)
    journal._file = Disk(PATH, room)  # type: ignore[assignment]
    return journal


def test_short_write_is_completed() -> None:
    journal = open_on(room=1_000_000)
    for point in POINTS:
        journal.point(point)
    training = read_journal(PATH)
    assert training is not None
    assert [point for point, _ in training.points] == POINTS
    assert training.damaged == 0


def test_line_that_a_full_disk_cuts_is_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    journal = open_on(room=100)
    for point in POINTS:
        journal.point(point)
    content = PATH.read_bytes()
    assert content.endswith(b"\n")
    assert [json.loads(line) for line in content.splitlines()]
    assert capsys.readouterr().err.count("warning: ") == 1
    PATH.write_bytes(content)
    write()
    training = read_journal(PATH)
    assert training is not None
    assert [point for point, _ in training.points] == POINTS
    assert training.damaged == 0


def test_journal_without_a_readable_start_is_set_aside() -> None:
    write()
    lines = PATH.read_bytes().splitlines()
    PATH.write_bytes(b"\n".join([b"?", *lines[1:], b""]))
    content = PATH.read_bytes()
    assert read_journal(PATH) is None
    renamed = set_aside(PATH)
    assert renamed is not None
    assert (renamed.suffix, renamed.read_bytes()) == (".damaged", content)
    assert not PATH.exists()


def test_journal_that_is_empty_or_being_written_is_not_set_aside() -> None:
    PATH.parent.mkdir(parents=True)
    PATH.touch()
    assert set_aside(PATH) is None
    PATH.write_bytes(b"?\n")
    journal = Journal(PATH)
    journal.begin(START)
    assert set_aside(PATH) is None
    journal.close()


def test_pipe_or_folder_in_its_place_does_not_block(capsys: pytest.CaptureFixture[str]) -> None:
    PATH.parent.mkdir(parents=True)
    os.mkfifo(PATH)
    write()
    assert read_journal(PATH) is None
    assert "not a regular file" in capsys.readouterr().err
    PATH.unlink()
    PATH.mkdir()
    write()
    assert read_journal(PATH) is None


def test_error_that_no_database_can_store_is_made_printable() -> None:
    assert one_line(ValueError("a\0b\udcff\nc\u2028d")) == "a b c d"
