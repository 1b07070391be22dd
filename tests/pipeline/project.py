"""A temporary clone of this project, and the commands that a user types in it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from mlflow import MlflowClient
from mlflow.entities import Run

from makemore.commands import child_environment
from makemore.core import layout
from tests.conftest import CONFIGS, ROOT
from tests.warm import warm

# A few small variants: one without parameters, one that counts, one that implements `fit`, and one for the gradient
# loop. To the pipeline, the other models look like one of these.
SMALL = {name: CONFIGS[name] for name in ("uniform", "count", "bigram")} | {
    "gpt": CONFIGS["gpt"] | {"n_layer": 3, "steps": 20, "batch_size": 64}
}
ENSEMBLE = {"both": {"model": "ensemble", "members": ["count", "gpt"], "weights": "fitted"}}
STUDENT = {"pupil": {**SMALL["gpt"], "teacher": "both", "sampled_names": 100, "sampled_share": 0.5}}
ALL = [*SMALL, *ENSEMBLE, *STUDENT]  # the variants of the project

EMPTY_STORE = ".git/empty.db"  # MLflow takes two seconds to create one


class Project:
    """A clone in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def of_working_tree(cls, root: Path) -> "Project":
        """A new clone with the code of the working tree, without any results, and with small variants."""
        project = cls(root)
        copy_working_tree(root)
        project.run("git", "init", "--quiet", "--initial-branch", "main")
        project.run("git", "config", "user.name", "test")
        project.run("git", "config", "user.email", "test@example.org")
        project.edit(lambda values: values.update(variants=SMALL, ensembles=ENSEMBLE, students=STUDENT))
        project.edit(lambda values: values["sample"].update(names=50))
        project.commit("Code")
        return project

    def copy(self, root: Path) -> "Project":
        """A copy in the folder `root`, with DVC's cache but without MLflow's runs: their artifacts have fixed paths."""
        shutil.copytree(self.root, root, ignore=shutil.ignore_patterns("mlflow.db*", "mlruns"))
        if (self.root / EMPTY_STORE).exists():
            shutil.copy(self.root / EMPTY_STORE, root / "mlflow.db")
        return Project(root)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of commands: our Python first, and nothing of a DVC or an MLflow that runs these tests."""
        return child_environment("DVC_", "MLFLOW_")

    def start(self, *command: str, **environment: str) -> "subprocess.Popen[str]":
        """Starts a command in a new process group. Both streams go to `stdout`. All its processes are real ones."""
        return subprocess.Popen(
            command,
            cwd=self.root,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str, status: int = 0, **environment: str) -> str:
        """Runs a command, warm, and returns its output, both streams. Fails if its exit status is not `status`."""
        process = self.start(*command, **warm({**self.environment, **environment}))
        output, _ = process.communicate()
        assert process.returncode == status, output
        return output

    @property
    def params(self) -> dict[str, Any]:
        """The values in params.yaml."""
        values: dict[str, Any] = yaml.safe_load((self.root / layout.PARAMS).read_text(encoding="utf-8"))
        return values

    def edit(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Changes the values in params.yaml. Inherited values are written out."""
        values = self.params
        change(values)
        (self.root / layout.PARAMS).write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")

    @property
    def lock(self) -> dict[str, Any]:
        """The stages in dvc.lock."""
        stages: dict[str, Any] = yaml.safe_load((self.root / layout.LOCK).read_text(encoding="utf-8"))["stages"]
        return stages

    def commit(self, message: str) -> None:
        """Commits everything that git does not ignore."""
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "-m", message)

    def changed_results(self) -> str:
        """What git says about changes in the committed results; empty if there are none."""
        return self.run("git", "status", "--porcelain", "--", "reports", "dvc.lock")

    def runs(self) -> list[Run]:
        """Every run in the MLflow store of the clone."""
        client = self.client()
        experiment = client.get_experiment_by_name("makemore")
        return [] if experiment is None else list(client.search_runs([experiment.experiment_id]))

    def client(self) -> MlflowClient:
        """A client of the MLflow store of the clone."""
        return MlflowClient(f"sqlite:///{self.root}/mlflow.db")


def copy_working_tree(root: Path) -> None:
    """Copies to `root` every file that git does not ignore, except results."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if name != layout.LOCK.name and not name.startswith("reports/") and (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)


def stages_run(output: str) -> list[str]:
    """The stages that `dvc repro` says it ran, in order."""
    return [line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")]
