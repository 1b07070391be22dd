"""One line for each stage that has ended; live lines only on a terminal."""

from itertools import count
from unittest import mock

import pytest

from makemore.pipeline import display as module
from makemore.pipeline.display import Display


@pytest.fixture(autouse=True)
def _each_look_at_the_clock_is_a_second_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "time", mock.Mock(monotonic=count().__next__))


def test_lines_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    display = Display(width=9)
    for stage in ("train@gpt", "train@b", "sample@b"):
        display.begin(stage)
    display.refresh()
    display.end("train@gpt", "ran")
    display.end("sample@b", "restored from cache")
    display.end("train@b", "stopped", "b: stopped after step 2")
    display.end("report", "unchanged")
    assert capsys.readouterr() == (
        "train@gpt  ran in 6 s\n"
        "sample@b   restored from cache in 5 s\n"
        "train@b    stopped after 7 s (b: stopped after step 2)\n"
        "report     unchanged\n",
        "",
    )


def test_live_lines_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    display = Display(width=7)
    display.begin("train@a")
    display.begin("train@b")
    display.end("train@a", "ran")
    display.end("train@b", "failed")
    shown = capsys.readouterr()
    assert "train@a  0 s" in shown.err
    assert "train@b  0 s" in shown.err
    assert shown.out == "train@a  ran in 2 s\ntrain@b  failed after 2 s\n"
