"""Opens the MLflow store, and creates it and its experiment if they are missing."""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import mlflow
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from makemore.core.files import remove_leftovers, temporary_path
from makemore.core.layout import JOURNALS, main_repository
from makemore.tracking.address import SECONDS_TO_OPEN, StoreError, check_sqlite, sqlite_file, sqlite_uri, store_uri
from makemore.tracking.limits import time_limit

SECONDS_TO_LOCK = 30
VIEW, CURVES_VIEW = "makemore", "makemore-curves"  # saved views of the UI; their links end with ?viewStateShareKey=...
COLUMNS = ("train.nll", "dev.nll", "test.nll", "n_params", "sample.new")  # of the table, best on dev first
NOTE = "mlflow.note.content"  # a tag of runs and experiments, in Markdown
EXPERIMENT_NOTE = (
    "Each run is a variant. `dev.nll` ranks them: what a symbol of a new name costs, in nats; lower is better.\n\n"
    "*Views* (top right) has the runs by model, best first, and their training curves. The 95% interval of a loss is "
    "`dev.nll_low` to `dev.nll_high`. The same results as a page to play with: `report/report.html` under the "
    "artifacts of any run."
)


@dataclass(frozen=True)
class Store:
    """An open store and the experiment that our runs belong to, by name and id."""

    client: MlflowClient
    name: str
    experiment_id: str


def open_store(root: Path, experiment: str) -> Store:
    """Opens the store of the repository at `root`, and creates `experiment` if it is missing.

    Raises StoreError, or whatever MLflow, SQLite or the network raise.
    """
    uri = store_uri(root)
    mlflow.set_tracking_uri(uri)
    file = sqlite_file(uri)
    with time_limit(SECONDS_TO_OPEN):  # MLflow retries for minutes to open a database
        if file:
            check_sqlite(file)
            _create_sqlite(file)
        client = MlflowClient(uri)
        return Store(client, experiment, _experiment_id(client, experiment, file, root))


def lock(name: str, seconds: float = SECONDS_TO_LOCK) -> FileLock:
    """A lock between the processes on this machine that use this repository.

    Raises TimeoutError if another process holds it for longer than `seconds`.
    """
    folder = main_repository() / JOURNALS
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / f"{name}.lock", timeout=seconds)


def _create_sqlite(path: Path) -> None:
    """Creates a SQLite store at `path` if there is none, atomically.

    MLflow creates its tables in a hundred steps. Two processes at once, or a kill in between, would leave a file that
    MLflow refuses forever. So each process creates its own file under another name, and the first to finish wins.
    """
    remove_leftovers(path)
    if not path.exists():
        unfinished = temporary_path(path)
        unfinished.unlink(missing_ok=True)
        try:
            MlflowClient(sqlite_uri(unfinished)).search_experiments(max_results=1)
            with suppress(FileExistsError):
                path.hardlink_to(unfinished)
        finally:
            unfinished.unlink(missing_ok=True)


def _experiment_id(client: MlflowClient, name: str, file: Path | None, root: Path) -> str:
    """The id of the experiment, created if it is missing. `file` is the file of a SQLite store."""
    artifacts = file.parent.resolve() / "mlruns" if file else None
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        # The first tag makes the UI open its view for model training.
        tags = {"mlflow.experimentKind": "custom_model_development", NOTE: EXPERIMENT_NOTE, **_view_tags()}
        try:
            location = artifacts.as_uri() if artifacts else None
            return client.create_experiment(name, artifact_location=location, tags=tags)
        except MlflowException:  # another process was faster, or the answer to our own request was lost
            experiment = client.get_experiment_by_name(name)
            if experiment is None:
                raise
    if experiment.lifecycle_stage != "active":
        raise StoreError(
            f"the experiment {name!r} is deleted; restore it with `mlflow experiments restore -x "
            f"{experiment.experiment_id}`, or choose another name in params.yaml (track.experiment)"
        )
    if file:
        _check_location(experiment.artifact_location, file, root)
    elif not client.tracking_uri.startswith("http"):
        _check_shared(experiment.artifact_location)
    note = {} if NOTE in experiment.tags else {NOTE: EXPERIMENT_NOTE}  # people may edit it
    for tag, value in (_view_tags() | note).items():
        if experiment.tags.get(tag) != value:
            client.set_experiment_tag(experiment.experiment_id, tag, value)
    return str(experiment.experiment_id)


def _view_tags() -> dict[str, str]:
    """The tags in which MLflow's UI stores the views of its menu: the table, and the curves of all runs in two charts.

    Without the first one, the table shows no metrics by default; without the other, there are dozens of charts.
    """
    order = {"orderByKey": "metrics.`dev.nll`", "orderByAsc": True}
    by_model = {"aggregateFunction": "min", "groupByKeys": [{"mode": "tag", "groupByData": "model"}]}
    table = {**order, "selectedColumns": [f"metrics.`{name}`" for name in COLUMNS], "groupBy": by_model}
    section = {"uuid": "curves", "name": "Training curves", "display": True, "isReordered": True, "columns": 2}
    charts = [_line_chart(f"curve/{split}_nll") for split in ("dev", "train")]
    curves = {**order, "compareRunCharts": charts, "compareRunSections": [section], "isAccordionReordered": True}
    views = {VIEW: ("Runs by model, best first", table), CURVES_VIEW: ("Training curves", curves)}
    return {
        f"mlflow.sharedViewState.{key}": json.dumps({"name": name, "createdAt": 0, "state": json.dumps(state)})
        for key, (name, state) in views.items()
    }


def _line_chart(metric: str) -> dict[str, object]:
    """A chart of the UI: one metric of all runs against the step."""
    return {
        "uuid": metric,
        "type": "LINE",
        "runsCountToCompare": 20,
        "metricSectionId": "curves",
        "deleted": False,
        "isGenerated": False,
        "metricKey": metric,
        "selectedMetricKeys": [metric],
        "xAxisKey": "step",
        "selectedXAxisMetricKey": "",
        "xAxisScaleType": "linear",
        "scaleType": "linear",
        "lineSmoothness": 0,
        "displayPoints": "auto",
        "useGlobalXaxisKey": False,
        "useGlobalLineSmoothing": False,
    }


def _local_folder(location: str) -> Path | None:
    """The folder of artifacts at `location`; None if they are not in the file system."""
    address = urlsplit(location)
    return Path(unquote(address.path)) if address.scheme in {"", "file"} else None


def _check_shared(location: str) -> None:
    """Raises StoreError if a database without a server has its artifacts, PROJECT/mlruns/ID, on another machine."""
    folder = _local_folder(location)
    if folder and not folder.parents[1].exists():
        raise StoreError(
            f"the artifacts of this database are in {folder}, which this machine does not have; several machines need "
            "a server (docs/tracking.md)"
        )


def _check_location(location: str, file: Path, root: Path) -> None:
    """Raises StoreError if the artifacts of the SQLite store `file` would go to a clone that it was copied from.

    SQLite stores the absolute path of the artifacts. Several clones may share a file in another folder; then the path
    only has to exist.
    """
    folder = _local_folder(location)
    if folder is None or folder.resolve() == file.parent.resolve() / "mlruns":
        return
    if file.parent.resolve() == root.resolve() or not folder.exists():
        raise StoreError(
            f"{file.name} was created in another folder ({folder.parent}) and keeps its artifacts there; delete "
            f"{file.name} and mlruns here, and `dvc repro` writes them again"
        )
