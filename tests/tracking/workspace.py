"""A folder with results that MLflow should show, and what MLflow must then hold."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus, Run

from makemore.core import layout
from makemore.core.files import read_json, write_json
from makemore.core.params import Params, load_params
from makemore.corpus.splits import SPLITS
from makemore.training import journal
from stages import evaluate, prepare, sample, track, train
from tests.conftest import CONFIGS, FEW_NAMES, ROOT
from tests.tracking.server import stop

VARIANTS = {name: CONFIGS[name] for name in ("count", "gpt")}


def make_results(folder: Path) -> None:
    """Fills `folder` with the outputs of the stages for two small variants; MLflow knows nothing of them."""
    with contextlib.chdir(folder), pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "SECONDS_BEFORE_STREAMING", 1e6)
        Path("names.txt").write_text("".join(f"{word}\n" for word in FEW_NAMES * 3), encoding="utf-8")
        Path("none.txt").touch()
        values = load_params(ROOT / layout.PARAMS).model_dump()
        values["data"] |= {"path": "names.txt", "dev_path": "none.txt"}
        values["sample"] |= {"names": 20}
        write_json(layout.PARAMS, values | {"variants": VARIANTS, "ensembles": {}})  # JSON is YAML
        layout.CHECKED.parent.mkdir()
        layout.CHECKED.touch()
        run_stages()
        layout.FIGURES.mkdir()
        layout.REPORT.write_text("# Report\n", encoding="utf-8")
        layout.MODEL_CARD.write_text("---\nmodel-index: [{name: gpt}]\n---\n# Model card: gpt\n", encoding="utf-8")
        layout.REPORT_HTML.write_text("<!DOCTYPE html><title>Report</title>", encoding="utf-8")
        (layout.FIGURES / "losses.svg").write_text("<svg/>", encoding="utf-8")
        shutil.rmtree(".dvc")
        MlflowClient(f"sqlite:///{folder}/empty.db").search_experiments()  # copying it is faster than creating another
        shutil.rmtree("mlruns", ignore_errors=True)


def run_stages() -> None:
    """Runs all stages from prepare to sample in this process and in the current folder."""
    params = load_params()
    prepare.run(params)
    for variant in params.variants:
        train.run(params, variant)
        evaluate.run(params, variant)
        sample.run(params, variant)


def run_track() -> None:
    """Runs the track stage in this process."""
    track.run(load_params())


def change_dev_nll(variant: str, nll: float) -> None:
    """Writes another dev NLL to the metrics of a variant in the current folder."""
    path = layout.METRICS / f"{variant}.json"
    metrics = read_json(path)
    metrics["dev"]["nll"] = nll
    write_json(path, metrics)


class Workspace:
    """A copy of the results, the URI of the store that its runs go to, and what else its processes need to know."""

    def __init__(self, folder: Path, uri: str, **settings: str) -> None:
        self.folder, self.uri, self.settings = folder, uri, settings
        self.processes: list[subprocess.Popen[str]] = []

    @classmethod
    @contextlib.contextmanager
    def copied(cls, results: Path, folder: Path) -> Iterator["Workspace"]:
        """A copy in `folder` with a SQLite store. In the `with` block it is the current folder.

        Afterwards, processes that are still running are killed.
        """
        copy = folder / "clone"
        shutil.copytree(results, copy)
        (copy / "empty.db").rename(copy / "mlflow.db")
        with contextlib.chdir(copy), pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith(("DVC_", "MLFLOW_TRACKING"))]:
                patch.delenv(name)
            patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{copy}/mlflow.db")
            workspace = cls(copy, f"sqlite:///{copy}/mlflow.db")
            try:
                yield workspace
            finally:
                for process in workspace.processes:
                    if process.poll() is None:
                        stop(process)

    @property
    def params(self) -> Params:
        """Its params.yaml."""
        return load_params(self.folder / layout.PARAMS)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
        return {**inherited, "PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": self.uri, **self.settings}

    def track(self, *code: str, **environment: str) -> str:
        """Runs the track stage, or `python CODE...`, in a separate process, and returns its output. It must succeed."""
        process = self.start(*(code or ("-m", "stages", "track")), **environment)
        output, _ = process.communicate()
        assert process.returncode == 0, output
        assert "Traceback" not in output
        return output

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Starts Python in the folder, in a new process group. Both streams go to `stdout`."""
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def runs(self, uri: str = "") -> list[Run]:
        """All runs in the store, or in the store at `uri`."""
        client = MlflowClient(uri or self.uri)
        experiment = client.get_experiment_by_name("makemore")
        return [] if experiment is None else list(client.search_runs([experiment.experiment_id]))

    def check_complete(self, uri: str = "") -> None:
        """Checks that the store has one complete run per variant, and no other run."""
        runs = {run.data.tags["variant"]: run for run in self.runs(uri)}
        assert len(self.runs(uri)) == len(runs) == len(VARIANTS)
        client = MlflowClient(uri or self.uri)
        for variant, run in runs.items():
            check_run(client, run, self.folder, variant, self.params)
        check_registry(client, runs, self.folder)


def check_run(client: MlflowClient, run: Run, folder: Path, variant: str, params: Params) -> None:
    """Checks that a run is finished and holds exactly what the files in `folder` say about the variant."""
    assert run.info.status == "FINISHED"
    assert run.data.tags["makemore.key"]
    shown = params.of_variant(variant, ("data", "compute", "evaluate", "sample"))
    assert run.data.params == {name: str(value) for name, value in shown.items()}
    metrics = read_json(folder / layout.METRICS / f"{variant}.json")
    statistics = read_json(folder / layout.SAMPLES / f"{variant}.json")
    expected = {f"{split}.{name}": value for split in SPLITS for name, value in (metrics[split] or {}).items()}
    expected |= {f"sample.{name}": value for name, value in statistics.items()}
    found = {name: value for name, value in run.data.metrics.items() if not name.startswith("curve/")}
    assert found == expected | {"n_params": metrics["n_params"]}
    for name in expected:
        assert len(client.get_metric_history(run.info.run_id, name)) == 1, name
    curve_file = folder / params.folder_of(variant) / layout.CURVE_FILE
    names, *rows = curve_file.read_text(encoding="utf-8").split()
    for column, name in enumerate(names.split(",")[1:], 1):
        points = client.get_metric_history(run.info.run_id, f"curve/{name}")
        curve = [(int(row.split(",")[0]), float(row.split(",")[column])) for row in rows]
        assert sorted((point.step, point.value) for point in points) == curve, f"{name}: no gap, no duplicate"
    assert run.inputs is not None
    assert [each.dataset.name for each in run.inputs.dataset_inputs] == ["names"]
    check_note(run, variant, metrics)
    folders = ("model", "metrics", "samples", "report")
    artifacts = {file.path for name in folders for file in client.list_artifacts(run.info.run_id, name)}
    assert artifacts >= {
        *(f"model/{name}" for name in (layout.CONFIG_FILE, layout.CURVE_FILE, layout.WEIGHTS_FILE)),
        f"metrics/{variant}.json",
        f"samples/{variant}.txt",
        *("report/report.md", "report/report.html"),
    }


def check_note(run: Run, variant: str, metrics: dict[str, Any]) -> None:
    """Checks that the note of a run says what it is, how good, where it came from, and what to look at."""
    first, second, third = run.data.tags["mlflow.note.content"].splitlines()
    assert first.startswith(f"**{variant}**: dev NLL {metrics['dev']['nll']:.4f} nats per symbol")
    origin = f"commit {run.data.tags['git.commit'][:10]}" if "git.commit" in run.data.tags else "a folder without git"
    assert second.startswith(f"From {origin}")
    assert third.startswith("Look at curve/dev_nll")
    (weights,) = (key for key in run.data.tags if key.endswith(f"/{variant}/{layout.WEIGHTS_FILE}"))
    assert run.data.tags[weights] in second


def check_registry(client: MlflowClient, runs: dict[str, Run], folder: Path) -> None:
    """Checks that each run has one ready model and one version, and that the best of them is the champion."""
    versions = client.search_model_versions("name = 'makemore'")
    assert sorted(str(each.run_id) for each in versions) == sorted(run.info.run_id for run in runs.values())
    models = client.search_logged_models([run.info.experiment_id for run in runs.values()][:1])
    assert {each.source for each in versions} == {f"models:/{model.model_id}" for model in models}
    assert {model.status for model in models} == {LoggedModelStatus.READY}
    for model in models:
        run = runs[model.name]
        found = {metric.key: metric.value for metric in model.metrics or ()}
        assert found == {name: value for name, value in run.data.metrics.items() if not name.startswith("curve/")}
        (data,) = {(metric.dataset_name, metric.dataset_digest) for metric in model.metrics or ()}
        assert data == ("names", run.data.tags["md5.data"])
    losses = {name: read_json(folder / layout.METRICS / f"{name}.json")["dev"]["nll"] for name in runs}
    champion = client.get_model_version_by_alias("makemore", "champion")
    assert champion.tags["variant"] == min(losses, key=losses.__getitem__)
    card = (folder / layout.MODEL_CARD).read_text(encoding="utf-8").split("---\n", 2)[2]
    assert {each.tags["variant"]: each.description for each in versions if each.description} == {
        card.splitlines()[0].removeprefix("# Model card: "): card
    }
