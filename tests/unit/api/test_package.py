"""`import makemore` loads nothing, and offers the API under its own name."""

import subprocess
import sys

import pytest

import makemore
from makemore import api
from makemore.core.determinism import PORTABLE
from tests.conftest import ROOT


def python(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_import_loads_nothing_of_the_package() -> None:
    program = "import sys, makemore; print(sorted(name for name in sys.modules if name.startswith('makemore')))"
    assert python(program) == "['makemore']"


def test_api_is_offered_and_loads_no_torch() -> None:
    """So that `load` and `fit` can set torch's environment first."""
    program = (
        "import sys, makemore; [getattr(makemore, name) for name in makemore.__all__]; print('torch' in sys.modules)"
    )
    assert python(program) == "False"
    assert makemore.__all__ == api.__all__
    assert {*makemore.__all__} <= {*dir(makemore)}
    assert makemore.load is api.load


def test_fit_computes_in_the_environment_of_the_stages() -> None:
    program = "import makemore, os; makemore.fit('count', ['a' * n for n in range(1, 40)]); print(dict(os.environ))"
    output = python(program)
    assert all(f"{name!r}: {value!r}" in output for name, value in PORTABLE.items())


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="module 'makemore' has no attribute 'loda'"):
        makemore.loda  # type: ignore[attr-defined]  # noqa: B018
