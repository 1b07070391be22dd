"""`import makemore` loads nothing, and offers the API under its own name."""

import subprocess
import sys
from pathlib import Path

import pytest

import makemore
from makemore import api
from makemore.core.determinism import PORTABLE
from makemore.core.files import write_json
from makemore.project.defaults import default_mode
from tests.conftest import PARAMS, ROOT


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
    """It is not set afterwards (core/determinism.py), and one of another mode would give other bytes."""
    program = "import makemore, os, sys; makemore.fit; print('torch' in sys.modules, dict(os.environ))"
    output = python(program)
    assert output.startswith("True ")
    assert all(f"{name!r}: {value!r}" in output for name, value in PORTABLE.items())


def test_mode_is_that_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_mode() == "portable", "that of this package"
    values = PARAMS.model_dump()
    write_json(Path("params.yaml"), values | {"compute": values["compute"] | {"determinism": "native"}})
    assert default_mode() == "native"
    write_json(Path("params.yaml"), {})
    assert default_mode() == "portable", "load and fit say what is wrong"


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="module 'makemore' has no attribute 'loda'"):
        makemore.loda  # type: ignore[attr-defined]  # noqa: B018
