"""The arrows of the design: who may import whom."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

FILES = sorted(path for folder in ("makemore", "stages") for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """The modules that a file imports anywhere, by their full names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def importers(module: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in FILES
        if any(name == module or name.startswith(f"{module}.") for name in imports(path))
    }


def test_one_package_knows_mlflow_and_one_file_the_chart_library() -> None:
    assert {str(Path(name).parent) for name in importers("mlflow")} == {"makemore/tracking"}
    assert importers("altair") == importers("vl_convert") == {"makemore/reporting.py"}


def test_the_library_knows_no_stages() -> None:
    assert not [name for name in importers("stages") if name.startswith("makemore/")]


@pytest.mark.parametrize("name", ["errors", "files", "params", "determinism", "corpus", "tracking/sync"])
def test_what_stands_below_the_models_knows_none(name: str) -> None:
    assert f"makemore/{name}.py" not in importers("makemore.models")


def test_models_know_nothing_of_what_is_done_with_them() -> None:
    for user in ("training", "evaluation", "sampling", "reporting", "tracking"):
        assert not [name for name in importers(f"makemore.{user}") if name.startswith("makemore/models/")]


@pytest.mark.parametrize("module", ["makemore.params", "makemore.determinism", "makemore.cli"])
def test_reading_parameters_loads_no_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_every_file_says_what_it_is() -> None:
    for path in FILES:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{path} has no docstring"
