"""`import makemore` loads nothing, and offers the API under its own name."""

import subprocess
import sys

import pytest

import makemore
from makemore import api
from tests.conftest import ROOT


def python(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_import_loads_nothing_of_the_package() -> None:
    program = "import sys, makemore; print(sorted(name for name in sys.modules if name.startswith('makemore')))"
    assert python(program) == "['makemore']"


def test_api_is_offered() -> None:
    assert makemore.__all__ == api.__all__
    assert {*makemore.__all__} <= {*dir(makemore)}
    assert makemore.load is api.load


def test_environment_is_set_before_torch_is_imported() -> None:
    """Torch reads it once. A finder, the first that is asked for torch, sees what it would read."""
    program = """
import os, sys
class Finder:
    def find_spec(self, name, *_):
        if name == "torch":
            print(os.environ.get("OMP_WAIT_POLICY"))
            sys.meta_path.remove(self)
os.environ.pop("OMP_WAIT_POLICY", None)
sys.meta_path.insert(0, Finder())
import makemore
makemore.fit
"""
    assert python(program) == "PASSIVE"


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="module 'makemore' has no attribute 'loda'"):
        makemore.loda  # type: ignore[attr-defined]  # noqa: B018
