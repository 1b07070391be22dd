"""The logged model of a run: serving.py, our package, the weights and the numbers of the run, in MLflow's format.

A run has one logged model that is ready. It becomes an output of the run only when it is ready, because MLflow cannot
remove an output: a request that was carried out twice would leave a deleted model next to the right one. This module
therefore does step by step what mlflow.models.Model.log does at once.
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
from mlflow.exceptions import MlflowException
from mlflow.models import Model

from makemore.core.layout import CONFIG_FILE, PACKAGE, SETTINGS_FILE, WEIGHTS_FILE
from makemore.tracking.artifacts import missing_artifacts
from makemore.tracking.lineage import origin
from makemore.tracking.results import TrackedResults
from makemore.tracking.store import Store

EXAMPLE = [{"prefix": "", "n": 2, "temperature": 0.8, "seed": 1}]
REQUIREMENTS = ("mlflow", "numpy", "pydantic", "ruamel.yaml", "safetensors", "torch", "tqdm")  # what serving.py imports
FILES = (
    *("MLmodel", "requirements.txt", "serving.py", "code/makemore/__init__.py"),
    *(f"artifacts/model/{name}" for name in (CONFIG_FILE, SETTINGS_FILE, WEIGHTS_FILE)),
)


def missing_model_parts(store: Store, run: Run, thorough: bool) -> list[str]:
    """What the logged model of `run` lacks; `thorough` as in `missing_artifacts`."""
    model = next(iter(_ready(models_of(store, run))), None)
    if model is None:
        return ["the logged model"]
    missing = missing_artifacts(store, model.artifact_location, FILES, thorough)
    if not model.metrics:
        missing.append("the metrics of the logged model")
    if not _is_output(run, model):
        missing.append("the link to the logged model")
    return missing


def log_model(store: Store, run: Run, results: TrackedResults) -> LoggedModel:
    """Makes sure that `run` has one logged model with all its files, and returns it."""
    models = _ready(models_of(store, run))
    if not models:
        params = {name: str(value) for name, value in results.params.items()}
        created = store.client.create_logged_model(store.experiment_id, results.variant, run.info.run_id, params=params)
        _write_files(store, run, created, results)
        models = _ready(models_of(store, run))  # looked up again: after a lost response it may have been created twice
    if not models:
        raise MlflowException(f"the model of run {run.info.run_id} is not ready")
    model = models[0]
    for other in models_of(store, run):
        if other.model_id != model.model_id:
            store.client.delete_logged_model(other.model_id)
    if missing_artifacts(store, model.artifact_location, FILES, thorough=True):
        _write_files(store, run, model, results)
    if not model.metrics:
        _log_metrics(store, run, model, results)
    if not _is_output(store.client.get_run(run.info.run_id), model):
        store.client.log_outputs(run.info.run_id, [LoggedModelOutput(model.model_id, step=0)])
    return model


def _log_metrics(store: Store, run: Run, model: LoggedModel, results: TrackedResults) -> None:
    """Logs the numbers of the run as metrics of its model on the data set, so that MLflow can rank models by them."""
    data = {"dataset_name": results.name_of_data, "dataset_digest": results.hash_of_data}
    metrics = [
        Metric(name, value, run.info.start_time, step=0, model_id=model.model_id, **data)
        for name, value in results.numbers().items()
    ]
    store.client.log_batch(run.info.run_id, metrics=metrics)


def models_of(store: Store, run: Run) -> list[LoggedModel]:
    """All logged models of `run`, in the order of their ids."""
    condition = f"attributes.source_run_id = '{run.info.run_id}'"
    found = store.client.search_logged_models([store.experiment_id], condition)
    return sorted(found, key=lambda model: str(model.model_id))


def _ready(models: list[LoggedModel]) -> list[LoggedModel]:
    return [model for model in models if model.status == LoggedModelStatus.READY]


def _is_output(run: Run, model: LoggedModel) -> bool:
    return run.outputs is not None and model.model_id in {each.model_id for each in run.outputs.model_outputs}


def _write_files(store: Store, run: Run, model: LoggedModel, results: TrackedResults) -> None:
    """Writes the files of a logged model, with the code as it is now; its tags say which commit that is."""
    with tempfile.TemporaryDirectory(prefix="makemore-model-") as name, _quiet_model_logging():
        weights = Path(name) / "model"
        weights.mkdir()
        for path in (CONFIG_FILE, WEIGHTS_FILE):
            shutil.copy(results.model / path, weights)
        (weights / SETTINGS_FILE).write_text(json.dumps(results.settings), encoding="utf-8")
        folder = Path(name) / "logged"
        mlflow.pyfunc.save_model(
            folder,
            mlflow_model=Model(
                artifact_path=model.artifact_location,
                run_id=run.info.run_id,
                model_uuid=model.model_id,
                model_id=model.model_id,
            ),
            python_model=os.path.relpath(PACKAGE / "tracking" / "serving.py"),
            artifacts={"model": str(weights)},
            code_paths=[os.path.relpath(PACKAGE)],
            input_example=EXAMPLE,
            pip_requirements=[f"{name}=={version(name).split('+')[0]}" for name in REQUIREMENTS],
        )
        store.client.log_model_artifacts(model.model_id, str(folder))
    tags = {name: value for name, value in origin().tags.items() if name.startswith("git.")}
    if tags:
        store.client.set_logged_model_tags(model.model_id, tags)
    store.client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)


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
