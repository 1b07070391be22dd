"""Temporary clones of this project, with little to train, and the commands that a user types in them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from mlflow import MlflowClient
from mlflow.entities import Run

from tests.conftest import CONFIGS, ROOT

# A few variants, small: without parameters, with counts, with a descent of its own, and with the gradient loop.
# The other models differ from these in nothing that the pipeline sees.
SMALL = {name: CONFIGS[name] for name in ("uniform", "count", "bigram")} | {
    "gpt": CONFIGS["gpt"] | {"n_layer": 3, "steps": 20, "batch_size": 64}
}
RECORDER = Path(__file__).parent / "recorder"


class Project:
    """A clone in a temporary folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def environment(self) -> dict[str, str]:
        """What commands in the clone see: our Python first, and nothing of a DVC or an MLflow that runs these tests."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**inherited, "PATH": path, "DVC_NO_ANALYTICS": "1"}

    def run(self, *command: str, ok: bool = True, **environment: str) -> str:
        """Runs `command` in the clone and returns what it printed, both streams; fails where its status is not `ok`."""
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == ok, done.stdout
        return done.stdout

    def stages_run(self, output: str) -> list[str]:
        """The stages that `dvc repro` says it ran."""
        return [line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")]

    @property
    def params(self) -> dict[str, Any]:
        values: dict[str, Any] = yaml.safe_load((self.root / "params.yaml").read_text(encoding="utf-8"))
        return values

    def edit(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Writes params.yaml anew after `change` has changed its values."""
        values = self.params
        change(values)
        (self.root / "params.yaml").write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")

    def commit(self, message: str) -> None:
        self.run("git", "add", "--all")
        self.run("git", "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--quiet", "-m", message)


@pytest.fixture(scope="session")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone of the working tree in which `dvc repro` has run once, and its results are committed."""
    project = Project(tmp_path_factory.mktemp("clone"))
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if name != "dvc.lock" and not name.startswith("reports/") and (ROOT / name).is_file():
            (project.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, project.root / name)
    project.run("git", "init", "--quiet", "--initial-branch", "main")
    project.edit(lambda values: values.update(variants=SMALL))
    project.edit(lambda values: values["sample"].update(names=50))
    project.commit("Code")
    project.run("dvc", "repro", PYTHONPATH=str(RECORDER), RECORD=str(project.root / ".git" / "record"))
    project.commit("Results")
    return project


@pytest.fixture
def project(reproduced: Project, tmp_path: Path) -> Project:
    """A copy of the reproduced clone, with its DVC cache and without an MLflow record, to be changed at will."""
    root = tmp_path / "clone"
    shutil.copytree(reproduced.root, root, ignore=shutil.ignore_patterns("mlflow.db*", "mlruns"))
    return Project(root)


def runs(project: Project) -> list[Run]:
    """Every run in the MLflow store of the clone."""
    client = MlflowClient(f"sqlite:///{project.root}/mlflow.db")
    experiment = client.get_experiment_by_name("makemore")
    return [] if experiment is None else list(client.search_runs([experiment.experiment_id]))
