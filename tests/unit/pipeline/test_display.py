"""One line for each stage that has ended; live lines only on a terminal."""

import pytest

from makemore.pipeline.display import Display


def test_lines_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    display = Display(width=9)
    for stage in ("train@gpt", "train@b", "sample@b"):
        display.begin(stage)
        display.refresh()
    display.end("train@gpt", "ran", 71.4)
    display.end("sample@b", "restored from cache", 0.6)
    display.end("train@b", "stopped", 3.0, "b: stopped after step 2")
    display.end("report", "unchanged", 0.0)
    assert capsys.readouterr() == (
        "train@gpt  ran in 71 s\n"
        "sample@b   restored from cache in 1 s\n"
        "train@b    stopped after 3 s (b: stopped after step 2)\n"
        "report     unchanged\n",
        "",
    )


def test_live_lines_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    display = Display(width=7)
    display.begin("train@a")
    display.begin("train@b")
    display.end("train@a", "ran", 2.0)
    display.end("train@b", "failed", 2.0)
    shown = capsys.readouterr()
    assert "train@a  0 s" in shown.err
    assert "train@b  0 s" in shown.err
    assert shown.out == "train@a  ran in 2 s\ntrain@b  failed after 2 s\n"
