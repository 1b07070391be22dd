"""Opens the MLflow store: MLFLOW_TRACKING_URI, or mlflow.db (SQLite) in the root with its artifacts in mlruns/."""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import mlflow
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from makemore.core.layout import JOURNALS, main_repository
from makemore.tracking.limits import time_limit

SECONDS_TO_OPEN = 20
SECONDS_TO_LOCK = 30
VIEW = "makemore"  # a saved view of the table of runs; its link ends with ?viewStateShareKey=makemore
COLUMNS = ("train.nll", "dev.nll", "test.nll", "n_params", "sample.new")  # of that view, the best on dev first


class StoreError(Exception):
    """The store exists, but the user has to do something before it can be written to."""


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
    uri = _store_uri(root)
    mlflow.set_tracking_uri(uri)
    artifacts = root.resolve() / "mlruns" if uri.startswith("sqlite:") else None
    with time_limit(SECONDS_TO_OPEN):  # MLflow retries for minutes to open a database
        if uri.startswith("sqlite:"):
            _create_sqlite(Path(uri.removeprefix("sqlite:///")))
        client = MlflowClient(uri)
        return Store(client, experiment, _experiment_id(client, experiment, artifacts))


def lock(name: str) -> FileLock:
    """A lock between the processes of this machine that work for this repository.

    Raises TimeoutError if another process holds it for too long.
    """
    folder = main_repository() / JOURNALS
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / f"{name}.lock", timeout=SECONDS_TO_LOCK)


def _store_uri(root: Path) -> str:
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{root.resolve()}/mlflow.db"
    parts = urlsplit(uri)
    if parts.scheme in {"http", "https"} and "@" in parts.netloc:
        raise StoreError(
            "MLFLOW_TRACKING_URI contains a user name or password, which would end up in logs; remove it and set "
            "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead"
        )
    return uri


def _create_sqlite(path: Path) -> None:
    """Creates a SQLite store at `path` if there is none, atomically.

    MLflow creates its tables in a hundred steps. Two processes at once, or a kill in between, would leave a file that
    MLflow refuses forever. So each process creates its own under another name, and the first one to finish wins.
    """
    if not path.exists():
        unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        unfinished.unlink(missing_ok=True)
        try:
            MlflowClient(f"sqlite:///{unfinished}").search_experiments(max_results=1)
            with suppress(FileExistsError):
                path.hardlink_to(unfinished)
        finally:
            unfinished.unlink(missing_ok=True)


def _experiment_id(client: MlflowClient, name: str, artifacts: Path | None) -> str:
    """The id of the experiment, created if it is missing. `artifacts` is the local folder of a store without server."""
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        # The first tag makes the UI open its view for model training.
        tags = {"mlflow.experimentKind": "custom_model_development", **_view_tag()}
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
    if artifacts and _is_elsewhere(experiment.artifact_location, artifacts):
        raise StoreError(
            "mlflow.db was created in another folder and expects its artifacts there; delete mlflow.db, and "
            "`dvc repro` writes it again"
        )
    for tag, value in _view_tag().items():
        if experiment.tags.get(tag) != value:
            client.set_experiment_tag(experiment.experiment_id, tag, value)
    return str(experiment.experiment_id)


def _view_tag() -> dict[str, str]:
    """The tag in which MLflow's UI looks for a shared view. Without it, the table shows no metrics by default."""
    state = {
        "selectedColumns": [f"metrics.`{name}`" for name in COLUMNS],
        "orderByKey": "metrics.`dev.nll`",
        "orderByAsc": True,
    }
    return {f"mlflow.sharedViewState.{VIEW}": json.dumps(state)}


def _is_elsewhere(location: str, artifacts: Path) -> bool:
    """Whether the experiment's artifact folder is a local one that is not `artifacts` and does not exist."""
    path = Path(unquote(urlsplit(location).path))
    return urlsplit(location).scheme in {"", "file"} and path != artifacts and not path.exists()
