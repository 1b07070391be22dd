"""Models in MLflow's model registry, and which of them is the champion.

Each run has one logged model (serving.py, our package, the weights), which is one version of the registered model named
after the experiment. For each corpus, the alias `champion-<first 8 digits of the corpus's hash>` marks the version with
the lowest dev NLL. The alias `champion` belongs to the corpus for which it was first set, because losses on different
corpora are not comparable. Delete the alias, and the next `dvc repro` sets it for the current corpus.
"""

import json
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import mlflow
from mlflow.entities import LoggedModel, LoggedModelStatus, Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import Model

import makemore
from makemore.core.files import read_json
from makemore.core.layout import CONFIG_FILE, SETTINGS_FILE, WEIGHTS_FILE
from makemore.tracking.results import TrackedResults
from makemore.tracking.store import Store

CHAMPION, CORPUS, DEV_NLL = "champion", "makemore.corpus", "dev.nll"
EXAMPLE = [{"prefix": "", "n": 2, "temperature": 0.8, "seed": 1}]
REQUIREMENTS = ("mlflow", "numpy", "pydantic", "ruamel.yaml", "safetensors", "torch", "tqdm")  # what serving.py imports


def register(store: Store, run: Run, results: TrackedResults) -> None:
    """Makes sure that `run` has one logged model, and that it is one version of the registered model."""
    if _ready_model(store, run) is None:
        _log_model(store, run, results)
    model = _ready_model(store, run)  # searched again, because a lost answer may have created it twice
    if model is None:
        raise MlflowException(f"the model of run {run.info.run_id} is not ready")
    with suppress(MlflowException):  # it exists; if it could not be created, the next call says why
        store.client.create_registered_model(store.name)
    if not _versions_of(store, run):
        tags = {
            "variant": results.variant,
            CORPUS: results.hash_of_corpus,
            DEV_NLL: str(float(read_json(results.metrics)["dev"]["nll"])),
        }
        store.client.create_model_version(
            store.name,
            f"models:/{model.model_id}",
            run.info.run_id,
            tags,
            await_creation_for=0,
            model_id=model.model_id,
        )
    for duplicate in _versions_of(store, run)[1:]:  # created by a lost answer
        store.client.delete_model_version(store.name, duplicate.version)


def unregister(store: Store, run: Run) -> None:
    """Deletes the model versions and logged models of `run`."""
    for each in _versions_of(store, run):
        store.client.delete_model_version(store.name, each.version)
    for model in _models(store, run):
        store.client.delete_logged_model(model.model_id)


def update_champion(store: Store, corpus: str) -> None:
    """Sets the aliases for the corpus with the hash `corpus`. The holder keeps them until a version is better."""
    found = store.client.search_model_versions(f"name = '{store.name}' and tags.`{CORPUS}` = '{corpus}'")
    ranked = sorted(found, key=lambda each: (float(each.tags[DEV_NLL]), int(each.version)))
    if not ranked:
        return
    champion = _alias(store, CHAMPION)
    aliases = [f"{CHAMPION}-{corpus[:8]}"]
    if champion is None or champion.tags.get(CORPUS) == corpus:
        aliases.append(CHAMPION)
    for alias in aliases:
        holder = _alias(store, alias)
        if holder is None or float(ranked[0].tags[DEV_NLL]) < float(holder.tags[DEV_NLL]):
            store.client.set_registered_model_alias(store.name, alias, ranked[0].version)


def _alias(store: Store, alias: str) -> ModelVersion | None:
    try:
        return store.client.get_model_version_by_alias(store.name, alias)
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return None
        raise


def _versions_of(store: Store, run: Run) -> list[ModelVersion]:
    found = store.client.search_model_versions(f"name = '{store.name}' and run_id = '{run.info.run_id}'")
    return sorted(found, key=lambda each: int(each.version))


def _models(store: Store, run: Run) -> list[LoggedModel]:
    condition = f"attributes.source_run_id = '{run.info.run_id}'"
    return list(store.client.search_logged_models([store.experiment_id], condition))


def _ready_model(store: Store, run: Run) -> LoggedModel | None:
    """The logged model of `run`. Incomplete ones, left by an interruption, are deleted."""
    models = sorted(_models(store, run), key=lambda model: (model.status != LoggedModelStatus.READY, model.model_id))
    ready = models[0] if models and models[0].status == LoggedModelStatus.READY else None
    for model in models:
        if model is not ready:
            store.client.delete_logged_model(model.model_id)
    return ready


def _log_model(store: Store, run: Run, results: TrackedResults) -> None:
    with tempfile.TemporaryDirectory(prefix="makemore-model-") as name, _trial_run():
        folder = Path(name) / "model"
        folder.mkdir()
        for path in (CONFIG_FILE, WEIGHTS_FILE):
            shutil.copy(results.model / path, folder)
        (folder / SETTINGS_FILE).write_text(json.dumps(results.settings), encoding="utf-8")
        code = Path(makemore.__file__).parent
        params = {name: str(value) for name, value in results.params.items()}
        model = store.client.create_logged_model(store.experiment_id, results.variant, run.info.run_id, params=params)
        Model.log(
            artifact_path=None,
            model_id=model.model_id,
            flavor=mlflow.pyfunc,
            run_id=run.info.run_id,
            python_model=os.path.relpath(code / "tracking" / "serving.py"),
            artifacts={"model": str(folder)},
            code_paths=[os.path.relpath(code)],
            input_example=EXAMPLE,
            pip_requirements=[f"{name}=={version(name).split('+')[0]}" for name in REQUIREMENTS],
        )


@contextmanager
def _trial_run() -> Iterator[None]:
    """MLflow runs a model once before it stores it. This keeps bytecode out of it, and hides a warning.

    The warning is about our type hints. MLflow overrides warning filters, so it is caught instead.
    """
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        with warnings.catch_warnings(record=True):
            yield
    finally:
        sys.dont_write_bytecode = before
