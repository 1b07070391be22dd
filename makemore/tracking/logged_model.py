"""The logged model of a run: serving/model.py, our package, the weights and the numbers of the run, in MLflow's format.

It becomes an output of the run only when it is ready, because MLflow cannot remove an output. This module therefore
does step by step what mlflow.models.Model.log does at once.
"""

import json
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import mlflow
from mlflow.entities import LoggedModel, LoggedModelOutput, LoggedModelStatus, Metric, Run
from mlflow.models import Model

from makemore.core.layout import CONFIG_FILE, PACKAGE, SETTINGS_FILE, WEIGHTS_FILE
from makemore.tracking.address import StoreError, sqlite_file, store_uri
from makemore.tracking.limits import queries
from makemore.tracking.lineage import lineage
from makemore.tracking.store import Store
from makemore.tracking.variant import TrackedVariant

EXAMPLE = [{"prefix": "", "n": 2, "temperature": 0.8, "seed": 1}]
# What serving/model.py imports.
REQUIREMENTS = ("mlflow", "numpy", "pydantic", "ruamel.yaml", "safetensors", "torch", "tqdm")


def log_model(store: Store, run: Run, results: TrackedVariant) -> LoggedModel:
    """Logs the model of `results` as the one model of `run`, with the numbers of the run, by which MLflow ranks models.

    Its code is as it is now; its tags say which commit that is.
    """
    client, run_id = store.client, run.info.run_id
    params = {name: str(value) for name, value in results.params.items()}
    model = client.create_logged_model(store.experiment_id, results.variant, run_id, params=params)
    for other in models_of(store, run):
        if other.model_id != model.model_id:  # created twice, because a response was lost
            client.delete_logged_model(other.model_id)
    with tempfile.TemporaryDirectory(prefix="makemore-model-") as folder:
        client.log_model_artifacts(model.model_id, str(_saved(Path(folder), run, model, results)))
    if tags := {name: value for name, value in lineage().tags.items() if name.startswith("git.")}:
        client.set_logged_model_tags(model.model_id, tags)
    data = {"dataset_name": results.name_of_data, "dataset_digest": results.hash_of_data}
    metrics = [
        Metric(name, value, run.info.start_time, step=0, model_id=model.model_id, **data)
        for name, value in results.numbers().items()
    ]
    client.log_batch(run_id, metrics=metrics)
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=0)])
    return model


def models_of(store: Store, run: Run) -> list[LoggedModel]:
    """All logged models of `run`."""
    condition = f"attributes.source_run_id = '{run.info.run_id}'"
    return list(store.client.search_logged_models([store.experiment_id], condition))


def has_model(store: Store, run: Run) -> bool:
    """Whether `run` has a logged model that is ready, as its output and with its files."""
    outputs = {each.model_id for each in run.outputs.model_outputs} if run.outputs else set()
    ready = [each.model_id for each in models_of(store, run) if each.status == LoggedModelStatus.READY]
    return any(
        model_id in outputs and "MLmodel" in {file.path for file in store.client.list_logged_model_artifacts(model_id)}
        for model_id in ready
    )


def _saved(scratch: Path, run: Run, model: LoggedModel, results: TrackedVariant) -> Path:
    """A folder in `scratch` with the files of the logged model."""
    weights, folder = scratch / "model", scratch / "logged"
    weights.mkdir()
    for path in (CONFIG_FILE, WEIGHTS_FILE):
        shutil.copy(results.model / path, weights)
    (weights / SETTINGS_FILE).write_text(json.dumps(results.settings), encoding="utf-8")
    with _quiet_model_logging():
        mlflow.pyfunc.save_model(
            folder,
            mlflow_model=Model(
                artifact_path=model.artifact_location,
                run_id=run.info.run_id,
                model_uuid=model.model_id,
                model_id=model.model_id,
            ),
            python_model=os.path.relpath(PACKAGE / "serving" / "model.py"),
            artifacts={"model": str(weights)},
            code_paths=[os.path.relpath(PACKAGE)],
            input_example=EXAMPLE,
            pip_requirements=[f"{name}=={version(name).split('+')[0]}" for name in REQUIREMENTS],
        )
    return folder


@contextmanager
def _quiet_model_logging() -> Iterator[None]:
    """Keeps bytecode out of the logged model, and hides a warning, when MLflow runs the model once before storing it.

    The warning is about our type hints. MLflow overrides warning filters, so the warning is caught instead.
    """
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        with warnings.catch_warnings(record=True):
            yield
    finally:
        sys.dont_write_bytecode = before


def download_model(uri: str, folder: Path) -> Path:
    """Downloads config.json, weights.safetensors and settings.json of a model to `folder`; returns where they are.

    The code that was logged with the model stays where it is.

    uri: such as models:/makemore@champion or models:/makemore/3

    Raises UserError if there is no such model, or if MLflow cannot be queried.
    """
    with queries():
        store = store_uri(Path())
        file = sqlite_file(store)
        if file and not file.exists():  # MLflow would create one
            raise StoreError(f"there is no {file.name} here; `dvc repro` creates it, or set MLFLOW_TRACKING_URI")
        mlflow.set_tracking_uri(store)
        return Path(mlflow.artifacts.download_artifacts(f"{uri}/artifacts/model", dst_path=str(folder)))
