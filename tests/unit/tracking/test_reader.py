"""A journal that something damaged: its good lines count, and a lost point is repeated when training resumes."""

from pathlib import Path
from typing import Any

import pytest

from makemore.core.curve import Point
from makemore.core.layout import JOURNALS
from makemore.tracking.live.reader import read_journal, read_lines
from makemore.training.journal import Journal

PATH = JOURNALS / "gpt-0123456789abcdef.jsonl"
START: dict[str, Any] = {
    "variant": "gpt",
    "key": "0123456789abcdef",
    "experiment": "makemore",
    "folder": "/somewhere",
    "params": {"variant": "gpt", "model": "gpt", "lr": 0.1},
}
POINTS = [Point(step, 3.0 - step, 2.0, 0.1) for step in range(3)]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(status: str = "FINISHED") -> None:
    journal = Journal(PATH)
    journal.begin(START)
    for point in POINTS:
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
    assert (training.status, read_lines(PATH)[1]) == ("FINISHED", 1)


def test_training_resumes_a_damaged_journal_and_repeats_the_lost_point() -> None:
    write("KILLED")
    lines = PATH.read_bytes().splitlines()
    PATH.write_bytes(b"\n".join([*lines[:2], lines[2][:20] + lines[3], *lines[4:], b""]))
    write()
    training = read_journal(PATH)
    assert training is not None
    assert sorted(point for point, _ in training.points) == POINTS
    assert read_lines(PATH)[1] == 1


def test_journal_that_is_missing_empty_or_without_a_readable_start_holds_no_training() -> None:
    assert read_journal(PATH) is None
    write()
    lines = PATH.read_bytes().splitlines()
    for content in (b"", b"\n".join([b"?", *lines[1:], b""])):
        PATH.write_bytes(content)
        assert read_journal(PATH) is None
