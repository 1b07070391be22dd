"""The MLflow record: one finished run for each variant, a projection of the files that the stages wrote.

The files under artifacts/ and reports/ are the truth; MLflow shows them. So a run is written after the fact, from the
files, and found again by a key: a hash of the parameters, the data and the results it shows. A run whose key is there
and finished is left alone, one that was cut off half way is deleted and written anew: however often `sync` is called,
there is one finished run a key. An MLflow that is down or full costs a warning, never the pipeline.

The store is MLFLOW_TRACKING_URI's, or else mlflow.db (SQLite) in the root of the repository, artifacts in mlruns/.
The only file that imports mlflow.
"""

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")
# MLflow's own patience is minutes of retries. A record that can be written later is not worth the wait.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param

from makemore.files import read_json
from makemore.params import Params

KEY = "makemore.key"
METRICS_A_CALL, PARAMS_A_CALL = 1000, 100  # what MLflow's log_batch takes at most


@dataclass(frozen=True)
class Record:
    """What is to be known of one variant: its parameters and the files that the stages wrote."""

    variant: str
    params: dict[str, Any]
    data: Path
    card: Path  # of the data
    model: Path  # folder: config.json, weights.safetensors, history.csv
    metrics: Path
    details: Path
    statistics: Path  # of the sampled names
    names: Path
    shared: tuple[Path, ...]  # files about all variants: the report and its figures

    @property
    def results(self) -> tuple[Path, ...]:
        """The files about this variant alone, besides the model."""
        return (self.metrics, self.details, self.statistics, self.names)

    @property
    def key(self) -> str:
        """Hash of the parameters, the data and every file of this variant; the shared files do not count."""
        digest = hashlib.sha256(json.dumps(self.params, sort_keys=True).encode())
        for path in (self.data, *sorted(self.model.iterdir()), *self.results):
            digest.update(f"{path.name}:{_md5(path)};".encode())
        return digest.hexdigest()


def flatten(params: Params, variant: str) -> dict[str, Any]:
    """The parameters of one variant as MLflow shows them: its own by name, the others as `section.name`."""
    sections = params.model_dump(exclude={"variants", "track"})
    others = {f"{section}.{name}": value for section, values in sections.items() for name, value in values.items()}
    return {"variant": variant, **params.variants[variant], **others}


def store_uri(root: Path) -> str:
    """MLFLOW_TRACKING_URI, or the SQLite file in `root`."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{root.resolve()}/mlflow.db"


def sync(records: list[Record], experiment: str, root: Path) -> None:
    """Brings the store up to date with `records`; warns, and returns, where the store cannot be reached or written."""
    uri = store_uri(root)
    try:
        client = MlflowClient(uri)
        experiment_id = _experiment(client, experiment, root if uri.startswith("sqlite:") else None)
        tags = _provenance()
        written = sum(_sync_run(client, experiment_id, record, tags) for record in records)
    except Exception as error:  # whatever MLflow, SQLite or the network comes up with
        reason = re.sub(r"//[^/@\s]*@", "//***@", " ".join(str(error).split()))[:200]  # no password in a log
        print(
            f"warning: the MLflow record is not up to date ({reason}); the next `dvc repro` tries again",
            file=sys.stderr,
        )
        return
    print(f"MLflow: {written} runs written, {len(records) - written} already there")


def _experiment(client: MlflowClient, name: str, root: Path | None) -> str:
    """The id of the experiment, made where it is missing; with a `root`, its artifacts go to mlruns/ there."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    location = None if root is None else (root.resolve() / "mlruns").as_uri()
    # The tag opens the UI in its view for model training.
    tags = {"mlflow.experimentKind": "custom_model_development"}
    return client.create_experiment(name, artifact_location=location, tags=tags)


def _sync_run(client: MlflowClient, experiment_id: str, record: Record, tags: dict[str, str]) -> bool:
    """Writes the run of `record` unless it is there; says whether it did."""
    key = record.key
    runs = client.search_runs([experiment_id], f"tags.`{KEY}` = '{key}'")
    if any(run.info.status == "FINISHED" for run in runs):
        return False
    for run in runs:  # cut off half way
        client.delete_run(run.info.run_id)
    own = {"variant": record.variant, "model": str(record.params["model"]), "dvc.stage": f"train@{record.variant}"}
    run = client.create_run(experiment_id, run_name=record.variant, tags={KEY: key, **own, **tags})
    _write(client, run.info.run_id, record)
    client.set_terminated(run.info.run_id)
    return True


def _write(client: MlflowClient, run_id: str, record: Record) -> None:
    params = [Param(name, str(value)) for name, value in record.params.items()]
    for some in _chunks(params, PARAMS_A_CALL):
        client.log_batch(run_id, params=some)
    for points in _chunks([*_curve(record.model / "history.csv"), *_final(record)], METRICS_A_CALL):
        client.log_batch(run_id, metrics=points)
    client.log_inputs(run_id, datasets=[_dataset(record)])
    client.log_artifacts(run_id, str(record.model), "model")
    for path in record.results:
        client.log_artifact(run_id, str(path), path.parent.name)
    for path in record.shared:
        client.log_artifact(
            run_id, str(path), "report" if path.parent.name == "reports" else f"report/{path.parent.name}"
        )


def _chunks(items: list[Any], size: int) -> Iterator[list[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _curve(history: Path) -> list[Metric]:
    """The training curve, step by step."""
    now = int(time.time() * 1000)
    with history.open(newline="", encoding="utf-8") as file:
        return [
            Metric(f"curve/{name}", float(row[name]), now, int(row["step"]))
            for row in csv.DictReader(file)
            for name in row
            if name != "step"
        ]


def _final(record: Record) -> list[Metric]:
    """The numbers of the metrics file, named as DVC names them (dev.nll), and those of the samples (sample.new)."""
    now = int(time.time() * 1000)
    numbers = [*_numbers(read_json(record.metrics)), *_numbers(read_json(record.statistics), "sample")]
    return [Metric(name, value, now, 0) for name, value in numbers]


def _numbers(value: Any, name: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, int | float) or value == "Infinity":
        yield name, float(value)


def _dataset(record: Record) -> DatasetInput:
    """The file of names: where it is, its md5 (the hash that DVC knows it by), how many names it has."""
    dataset = Dataset(
        name=record.data.stem,
        digest=_md5(record.data),
        source_type="local",
        source=json.dumps({"uri": str(record.data)}),
        profile=json.dumps({"num_rows": read_json(record.card)["lines"]}),
    )
    return DatasetInput(dataset, tags=[InputTag("mlflow.data.context", "training")])


def _provenance() -> dict[str, str]:
    """Tags that say which code and which experiment a run came from."""
    tags = {"mlflow.source.name": "dvc.yaml", "mlflow.source.type": "LOCAL"}
    commit = _git("rev-parse", "HEAD")
    if commit:
        # dvc.lock and reports/ are what the pipeline itself has just written: they make no code or data dirty.
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!dvc.lock", ":!reports")
        dirty = str(bool(changed)).lower()
        tags |= {"mlflow.source.git.commit": commit, "git.commit": commit, "git.dirty": dirty}
    if experiment := os.environ.get("DVC_EXP_NAME"):
        tags["dvc.experiment"] = experiment
        tags["dvc.baseline"] = os.environ.get("DVC_EXP_BASELINE_REV", "")
    return tags


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
