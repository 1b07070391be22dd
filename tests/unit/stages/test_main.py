"""How a stage starts."""

import os
import sys
from types import SimpleNamespace

import pytest

from stages.__main__ import keep_docstrings


@pytest.mark.parametrize(("level", "again"), [(0, False), (1, False), (2, True)])
def test_python_that_drops_docstrings_starts_again(level: int, again: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setenv("PYTHONOPTIMIZE", str(level))
    monkeypatch.setattr(sys, "flags", SimpleNamespace(optimize=level))
    monkeypatch.setattr(sys, "argv", ["stages/__main__.py", "train", "gpt"])
    monkeypatch.setattr(os, "execv", lambda _, arguments: started.append(arguments))
    keep_docstrings()
    assert started == ([[sys.executable, "-m", "stages", "train", "gpt"]] if again else [])
    assert ("PYTHONOPTIMIZE" in os.environ) is not again
