"""The parts of a complete run: parameters, curve, numbers, note, data set, artifacts, changes, model and version."""

import json

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Run, RunTag
from mlflow.exceptions import MlflowException

from makemore.core.artifacts import read_artifact
from makemore.core.layout import CARD_FILE, CORPUS, REPORT
from makemore.corpus.card import DataCard
from makemore.tracking.logged_model import has_model, log_model
from makemore.tracking.registry import CORPUS as CORPUS_TAG
from makemore.tracking.registry import register, versions_of
from makemore.tracking.run import (
    ERROR,
    KEY,
    METRICS_PER_CALL,
    artifacts_of,
    chunks,
    log_changes,
    log_curve,
    log_params,
    logged_steps,
)
from makemore.tracking.store import NOTE, Store
from makemore.tracking.texts import note
from makemore.tracking.variant import TrackedVariant


def write(store: Store, run: Run, results: TrackedVariant, end: int) -> None:
    """Writes everything about `results` to `run`, which is new or has been streamed during training.

    end: when its training ended, in milliseconds since 1970

    Raises MlflowException if a part is missing afterwards; then the run is not marked as finished.
    """
    client, run_id, start = store.client, run.info.run_id, run.info.start_time
    tags = {
        KEY: results.key,
        "variant": results.variant,
        "model": str(results.params["model"]),
        "dvc.stage": results.stage,
        CORPUS_TAG: results.hash_of_corpus,
        "md5.data": results.hash_of_data,
        **{f"md5.{path}": value for path, value in results.outputs.items()},
        NOTE: note(results, run.data.tags),
    }
    client.log_batch(run_id, tags=[RunTag(name, value) for name, value in tags.items()])
    log_params(store, run, results.params)
    log_curve(store, run, [(point, start) for point in results.curve()])
    numbers = [Metric(name, value, start, 0) for name, value in results.numbers().items()]
    for some in chunks(numbers, METRICS_PER_CALL):
        client.log_batch(run_id, metrics=some)
    client.log_inputs(run_id, datasets=[_dataset(results)])
    client.log_artifacts(run_id, str(results.model), "model")
    for path in results.files:
        client.log_artifact(run_id, str(path), path.parent.name)
    for path in results.shared:
        folder = "report" if path.parent == REPORT.parent else f"report/{path.parent.name}"
        client.log_artifact(run_id, str(path), folder)
    log_changes(store, run)
    if ERROR in run.data.tags:
        client.delete_tag(run_id, ERROR)
    register(store, run, log_model(store, run, results), results)
    if missing := missing_parts(store, client.get_run(run_id), results):
        raise MlflowException(f"run {run_id} lacks {', '.join(missing)}")
    client.set_terminated(run_id, end_time=end)


def missing_parts(store: Store, run: Run, results: TrackedVariant) -> list[str]:
    """What `run`, as just read from MLflow, has lost, as far as a few requests can tell."""
    folders = {"model", "report", *(path.parent.name for path in results.files)}
    parts = {
        "parameters": results.params.keys() <= run.data.params.keys(),
        "metrics": results.numbers().keys() <= run.data.metrics.keys(),
        "the curve": {point.step for point in results.curve()} <= logged_steps(store, run),
        "the data set": bool(run.inputs and run.inputs.dataset_inputs),
        "artifacts": folders <= artifacts_of(store, run),
        "the logged model": has_model(store, run),
        "the model version": bool(versions_of(store, run)),
    }
    return [name for name, found in parts.items() if not found]


def _dataset(results: TrackedVariant) -> DatasetInput:
    """The file of names: its path, its md5 as DVC computes it, and its number of names."""
    dataset = Dataset(
        name=results.name_of_data,
        digest=results.hash_of_data,
        source_type="local",
        source=json.dumps({"uri": str(results.data)}),
        profile=json.dumps({"num_rows": read_artifact(CORPUS / CARD_FILE, DataCard).lines}),
    )
    return DatasetInput(dataset, tags=[InputTag("mlflow.data.context", "training")])
