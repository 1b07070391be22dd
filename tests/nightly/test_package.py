"""The built wheel, in an environment of its own: command line, `makemore init`, and the pipeline of the new project."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
import yaml

from makemore.commands import child_environment
from tests.pipeline.project import SMALL, copy_working_tree


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the files that git knows."""
    folder = tmp_path_factory.mktemp("build")
    source = folder / "source"
    copy_working_tree(source)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), folder=source)
    packages = sorted((folder / "dist").iterdir())
    assert [path.suffix for path in packages] == [".whl", ".gz"]
    run(sys.executable, "-m", "twine", "check", "--strict", *map(str, packages), folder=folder)
    return packages[0]


def run(*command: str, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**child_environment("DVC_", "MLFLOW_", "PYTHONPATH"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The folder with the commands of a virtual environment that has the wheel, and our packages in place of its own.

    A line in a .pth file makes the packages of this environment visible, but not our editable installation.
    """
    root = wheel.parent / "venv"
    venv.create(root, with_pip=False)
    libraries = Path(sysconfig.get_path("purelib", vars={"base": str(root), "platbase": str(root)}))
    pip = (sys.executable, "-m", "pip", "--python", str(root / "bin/python"))
    run(*pip, "install", "--no-deps", "--quiet", str(wheel), folder=root)
    (libraries / "ours.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return root / "bin"


def test_new_project_is_ready_for_repro(installed: Path, tmp_path: Path) -> None:
    path = {"PATH": f"{installed}{os.pathsep}{os.environ['PATH']}"}
    program = str(installed / "makemore")
    where = run(str(installed / "python"), "-c", "import makemore; print(makemore.__file__)", folder=tmp_path, **path)
    assert where.startswith(str(installed.parent))
    assert run(program, "init", "shop", folder=tmp_path, **path) == "shop: a new project; next: cd shop && make repro\n"
    root = tmp_path / "shop"
    values = yaml.safe_load((root / "params.yaml").read_text())
    values["ensembles"] = values["students"] = {}
    values["variants"] = {name: SMALL[name] for name in ("uniform", "gpt")}
    values["sample"] |= {"names": 20}
    (root / "params.yaml").write_text(yaml.safe_dump(values))
    output = run(program, "repro", folder=root, **path)
    assert (root / "reports/report.md").exists(), output
    ignored = {line[3:] for line in run("git", "status", "--porcelain", "--ignored", folder=root).splitlines()}
    assert {"artifacts/", "mlflow.db", "mlruns/", "reports/report.html"} <= ignored
    assert "repro" in run("make", "help", folder=root)
    again = run(program, "repro", folder=root, **path).splitlines()
    assert [line for line in again if line.startswith("1 ran, ")]
