"""The parts of a complete run: parameters, curve, numbers, note, data set, artifacts, changes, model and version.

They are defined here: `write` adds the parts that a run lacks, and checks all of them before the run counts as
finished; `missing_parts` says what a finished run has lost since.
"""

import json

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Run, RunTag
from mlflow.exceptions import MlflowException

from makemore.core.artifacts import read_artifact
from makemore.core.layout import CARD_FILE, CORPUS, REPORT, REPORT_HTML
from makemore.corpus.card import DataCard
from makemore.tracking.artifacts import missing_artifacts
from makemore.tracking.logged_model import missing_model_parts
from makemore.tracking.note import NOTE, note
from makemore.tracking.registry import missing_versions, register
from makemore.tracking.results import TrackedResults
from makemore.tracking.run import (
    CHANGES,
    ERROR,
    KEY,
    METRICS_PER_CALL,
    chunks,
    has_changes,
    log_changes,
    log_curve,
    log_params,
    read_curve,
)
from makemore.tracking.store import Store

REPORTS = (f"report/{REPORT.name}", f"report/{REPORT_HTML.name}")  # artifacts


def missing_parts(store: Store, run: Run, results: TrackedResults, thorough: bool) -> list[str]:
    """The parts that `run`, as just read from MLflow, lacks.

    thorough: whether to read the curve too, and to list every folder of artifacts. Otherwise this takes four requests.
    """
    missing = [f"parameter {name}" for name in results.params if name not in run.data.params]
    missing += [f"metric {name}" for name in results.numbers() if name not in run.data.metrics]
    if NOTE not in run.data.tags:
        missing.append("the note")
    if run.inputs is None or not run.inputs.dataset_inputs:
        missing.append("the data set")
    if thorough and {point.step for point in results.curve()} - {point.step for point in read_curve(store, run)}:
        missing.append("points of the curve")
    artifacts = [*_own_artifacts(results), *([CHANGES] if has_changes(run) else [])]
    missing += missing_artifacts(store, run.info.artifact_uri, artifacts, thorough)
    missing += missing_model_parts(store, run, thorough)
    return missing + missing_versions(store, run, results)


def write(store: Store, run: Run, results: TrackedResults, end: int) -> None:
    """Writes everything that `run` lacks. MLflow ignores a metric that it already has with the same time stamp.

    end: when its training ended, in milliseconds since 1970

    Raises MlflowException if a part is still missing afterwards; then the run is not marked as finished.
    """
    client, run_id, start = store.client, run.info.run_id, run.info.start_time
    tags = {
        KEY: results.key,
        "variant": results.variant,
        "model": str(results.params["model"]),
        "dvc.stage": f"train@{results.variant}",
        "makemore.corpus": results.hash_of_corpus,
        "md5.data": results.hash_of_data,
        **{f"md5.{path}": value for path, value in results.outputs.items()},
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
    if NOTE not in run.data.tags:  # people may edit it in the UI
        client.set_tag(run_id, NOTE, note(run, results))
    if ERROR in run.data.tags:
        client.delete_tag(run_id, ERROR)
    register(store, run, results)
    if missing := missing_parts(store, client.get_run(run_id), results, thorough=True):
        raise MlflowException(f"run {run_id} lacks {', '.join(missing)}")
    if run.info.status != "FINISHED":
        client.set_terminated(run_id, end_time=end)


def _own_artifacts(results: TrackedResults) -> list[str]:
    """The artifacts of a run. Which figures the report has depends on all variants, so only its pages are checked."""
    models = [f"model/{path.name}" for path in results.model.iterdir() if not path.name.startswith(".")]
    return [*models, *(f"{path.parent.name}/{path.name}" for path in results.files), *REPORTS]


def _dataset(results: TrackedResults) -> DatasetInput:
    """The file of names: its path, its md5 as DVC computes it, and its number of names."""
    dataset = Dataset(
        name=results.name_of_data,
        digest=results.hash_of_data,
        source_type="local",
        source=json.dumps({"uri": str(results.data)}),
        profile=json.dumps({"num_rows": read_artifact(CORPUS / CARD_FILE, DataCard).lines}),
    )
    return DatasetInput(dataset, tags=[InputTag("mlflow.data.context", "training")])
