"""Results to record, and stores to record them in."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus, Run

from makemore.core.files import read_json, write_json
from makemore.core.params import Params, load_params
from makemore.core.splits import SPLITS
from makemore.training import streaming
from stages import evaluate, prepare, sample, track, train
from tests.conftest import CONFIGS, ROOT, WORDS

VARIANTS = {name: CONFIGS[name] for name in ("count", "gpt")}


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the stages leave of two small variants, without an MLflow record."""
    folder = tmp_path_factory.mktemp("results")
    with contextlib.chdir(folder), pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "SECONDS_BEFORE_STREAMING", 1e6)
        Path("names.txt").write_text("".join(f"{word}\n" for word in WORDS * 3), encoding="utf-8")
        Path("none.txt").touch()
        values = load_params(ROOT / "params.yaml").model_dump()
        values["data"] |= {"path": "names.txt", "dev_path": "none.txt"}
        values["sample"] |= {"names": 20}
        write_json(Path("params.yaml"), values | {"variants": VARIANTS})  # JSON is YAML
        Path("artifacts").mkdir()
        Path("artifacts/checked.txt").touch()
        Path("artifacts/estimated.txt").touch()
        run_stages()
        Path("reports/figures").mkdir()
        Path("reports/report.md").write_text("# Report\n", encoding="utf-8")
        Path("reports/figures/losses.svg").write_text("<svg/>", encoding="utf-8")
        shutil.rmtree(".dvc")
        MlflowClient("sqlite:///empty.db").search_experiments()  # a copy of it is quicker than another one
        shutil.rmtree("mlruns", ignore_errors=True)
    return folder


def run_stages() -> None:
    """All stages between check and report, in this process and in the current folder."""
    params = load_params()
    prepare.run(params)
    for variant in params.variants:
        train.run(params, variant)
        evaluate.run(params, variant)
        sample.run(params, variant)


class Workspace:
    """A copy of the results in a folder of its own, and the store that its record goes to."""

    def __init__(self, folder: Path, uri: str) -> None:
        self.folder, self.uri = folder, uri

    @classmethod
    @contextlib.contextmanager
    def copied(cls, results: Path, folder: Path) -> Iterator["Workspace"]:
        """A copy in `folder` with a SQLite store; in the `with` block it is the current folder."""
        copy = folder / "clone"
        shutil.copytree(results, copy)
        (copy / "empty.db").rename(copy / "mlflow.db")
        with contextlib.chdir(copy), pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith(("DVC_", "MLFLOW_TRACKING"))]:
                patch.delenv(name)
            patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{copy}/mlflow.db")
            yield cls(copy, f"sqlite:///{copy}/mlflow.db")

    @property
    def params(self) -> Params:
        return load_params(self.folder / "params.yaml")

    @property
    def environment(self) -> dict[str, str]:
        """For a process in the folder."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
        return {**inherited, "PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": self.uri}

    def track(self, *code: str, **environment: str) -> str:
        """Runs the stage in a process of its own, and returns what it printed; it must not fail."""
        done = subprocess.run(
            [sys.executable, *(code or ("-m", "stages", "track"))],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        assert "Traceback" not in done.stdout
        return done.stdout

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Starts Python in the folder, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def runs(self, uri: str = "") -> list[Run]:
        """All runs of the store."""
        client = MlflowClient(uri or self.uri)
        experiment = client.get_experiment_by_name("makemore")
        return [] if experiment is None else list(client.search_runs([experiment.experiment_id]))

    def check_complete(self, uri: str = "") -> None:
        """The store holds one run for each variant, finished, with all that the files say, and no other run."""
        runs = {run.data.tags["variant"]: run for run in self.runs(uri)}
        assert len(self.runs(uri)) == len(runs) == len(VARIANTS)
        client = MlflowClient(uri or self.uri)
        for variant, run in runs.items():
            check_run(client, run, self.folder, variant, self.params)
        check_registry(client, runs, self.folder)


def check_run(client: MlflowClient, run: Run, folder: Path, variant: str, params: Params) -> None:
    """Compares a run with the files, number by number."""
    assert run.info.status == "FINISHED"
    assert run.data.tags["makemore.key"]
    shown = params.of_variant(variant, ("data", "compute", "evaluate", "sample"))
    assert run.data.params == {name: str(value) for name, value in shown.items()}
    metrics = read_json(folder / f"reports/metrics/{variant}.json")
    statistics = read_json(folder / f"reports/samples/{variant}.json")
    expected = {f"{split}.{name}": value for split in SPLITS for name, value in (metrics[split] or {}).items()}
    expected |= {f"sample.{name}": value for name, value in statistics.items()}
    found = {name: value for name, value in run.data.metrics.items() if not name.startswith("curve/")}
    assert found == expected | {"n_params": metrics["n_params"]}
    for name in expected:
        assert len(client.get_metric_history(run.info.run_id, name)) == 1, name
    names, *rows = (folder / f"artifacts/models/{variant}/history.csv").read_text(encoding="utf-8").split()
    for column, name in enumerate(names.split(",")[1:], 1):
        points = client.get_metric_history(run.info.run_id, f"curve/{name}")
        curve = [(int(row.split(",")[0]), float(row.split(",")[column])) for row in rows]
        assert sorted((point.step, point.value) for point in points) == curve, "no gap, no double step"
    assert run.inputs is not None
    assert [each.dataset.name for each in run.inputs.dataset_inputs] == ["names"]
    folders = ("model", "metrics", "samples", "report")
    artifacts = {file.path for name in folders for file in client.list_artifacts(run.info.run_id, name)}
    assert artifacts >= {
        *(f"model/{name}" for name in ("config.json", "history.csv", "weights.safetensors")),
        f"metrics/{variant}.json",
        f"samples/{variant}.txt",
        "report/report.md",
    }


def check_registry(client: MlflowClient, runs: dict[str, Run], folder: Path) -> None:
    """One ready model and one version for each run, and the best of them is the champion."""
    versions = client.search_model_versions("name = 'makemore'")
    assert sorted(str(each.run_id) for each in versions) == sorted(run.info.run_id for run in runs.values())
    models = client.search_logged_models([run.info.experiment_id for run in runs.values()][:1])
    assert {each.source for each in versions} == {f"models:/{model.model_id}" for model in models}
    assert {model.status for model in models} == {LoggedModelStatus.READY}
    losses = {name: read_json(folder / f"reports/metrics/{name}.json")["dev"]["nll"] for name in runs}
    champion = client.get_model_version_by_alias("makemore", "champion")
    assert champion.tags["variant"] == min(losses, key=losses.__getitem__)


@pytest.fixture
def workspace(results: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the results with a SQLite store, and the current folder."""
    with Workspace.copied(results, tmp_path) as workspace:
        yield workspace


def run_track() -> None:
    """The stage in this process."""
    track.run(load_params())


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def stop(process: "subprocess.Popen[Any]") -> None:
    """SIGKILL for all of a process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Server:
    """A real `mlflow server` on loopback."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.port = free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self._folder, self._arguments, self._environment = folder, arguments, environment
        self.log = folder / "server.log"
        self.start()

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        store = (
            ()
            if "--backend-store-uri" in self._arguments
            else ("--backend-store-uri", f"sqlite:///{self._folder}/server.db")
        )
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
        quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "mlflow",
                "server",
                "--host",
                "127.0.0.1",
                "--port",
                str(self.port),
                "--workers",
                "1",
                *store,
                "--serve-artifacts",
                "--artifacts-destination",
                str(self._folder / "artifacts"),
                *self._arguments,
            ],
            cwd=self._folder,
            env={**inherited, **quiet, **self._environment},
            stdout=self.log.open("a"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        for _ in range(240):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.uri}/health", timeout=5):  # noqa: S310
                return
            assert self._process.poll() is None, self.log.read_text(encoding="utf-8")
            time.sleep(0.25)
        raise TimeoutError(self.log.read_text(encoding="utf-8"))

    def kill(self) -> None:
        """SIGKILL for the server and its workers."""
        stop(self._process)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder)
    yield server
    server.kill()
