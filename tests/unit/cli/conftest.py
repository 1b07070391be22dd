"""Runs commands in this process, where torch is imported already."""

import sys
from collections.abc import Callable

import pytest

from makemore import cli

Makemore = Callable[..., tuple[int, str, str]]


@pytest.fixture
def makemore(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Makemore:
    """A function that runs `makemore ARGUMENTS`, and returns the exit status, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["makemore", *arguments])
        status = cli.main()
        return status, *capsys.readouterr()

    return run
