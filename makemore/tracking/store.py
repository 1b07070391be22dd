"""The MLflow store: where it is, how to open it in bounded time, and what of its errors may be shown.

It is MLFLOW_TRACKING_URI's, or else mlflow.db (SQLite) in the root of the repository, with the artifacts in mlruns/.

A password in the URI is taken out of it before MLflow sees it, and handed over in the variables that MLflow has for
it, so that it stands in no message, no run and no file. (A database's URI must keep it; messages are cleaned.)
"""

import fcntl
import json
import math
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from makemore.errors import UserError
from makemore.tracking.journal import one_line

SECONDS_TO_OPEN = 20
VIEW = "makemore"  # the name of our view of the runs' table: the link to it ends with ?viewStateShareKey=makemore
COLUMNS = ("train.nll", "dev.nll", "test.nll", "n_params", "sample.new")  # of the view, the best on dev first


@dataclass(frozen=True)
class Store:
    """An open store, and the experiment in it that the runs belong to: its name and its id."""

    client: MlflowClient
    name: str
    experiment_id: str


def store_uri(root: Path) -> str:
    """MLFLOW_TRACKING_URI, or the SQLite file in `root`."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{root.resolve()}/mlflow.db"


def open_store(root: Path, experiment: str) -> Store:
    """The store, with `experiment` made where it is missing. Raises whatever MLflow, SQLite or the network does."""
    uri = _without_password(store_uri(root))
    mlflow.set_tracking_uri(uri)
    local = root.resolve() / "mlruns" if uri.startswith("sqlite:") else None
    with patience(SECONDS_TO_OPEN):  # MLflow tries for minutes to open a database
        if uri.startswith("sqlite:"):
            _make_file(Path(uri.removeprefix("sqlite:///")))
        client = MlflowClient(uri)
        return Store(client, experiment, _experiment(client, experiment, local))


def _make_file(path: Path) -> None:
    """Makes a SQLite store at `path` where there is none, whole or not at all.

    MLflow makes its tables in a hundred steps. Two processes at once, or a kill on the way, leave a file that it
    refuses for ever after. So each process makes its own, under another name, and the first gets the right one.
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


def _experiment(client: MlflowClient, name: str, artifacts: Path | None) -> str:
    """The id of the experiment, made where it is missing; the folder `artifacts` is for a store without a server."""
    found = client.get_experiment_by_name(name)
    if found is None:
        # The first tag opens the UI in its view for model training.
        tags = {"mlflow.experimentKind": "custom_model_development", **_view()}
        try:
            return client.create_experiment(
                name, artifact_location=artifacts.as_uri() if artifacts else None, tags=tags
            )
        except MlflowException:  # somebody else was quicker, or it is an answer that got lost
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    if found.lifecycle_stage != "active":
        raise StoreError(
            f"the experiment {name!r} was deleted; `mlflow experiments restore -x {found.experiment_id}` brings it "
            "back, or name another one in params.yaml (track.experiment)"
        )
    if artifacts and _is_elsewhere(found.artifact_location, artifacts):
        raise StoreError(
            "mlflow.db was made in another folder and looks for its artifacts there; remove mlflow.db, and it is "
            "written anew"
        )
    for tag, value in _view().items():
        if found.tags.get(tag) != value:
            client.set_experiment_tag(found.experiment_id, tag, value)
    return str(found.experiment_id)


def _view() -> dict[str, str]:
    """The tag in which MLflow's UI looks for a shared view; by itself it shows no metric before somebody picks it."""
    state = {
        "selectedColumns": [f"metrics.`{name}`" for name in COLUMNS],
        "orderByKey": "metrics.`dev.nll`",
        "orderByAsc": True,
    }
    return {f"mlflow.sharedViewState.{VIEW}": json.dumps(state)}


class StoreError(Exception):
    """The store is there, but its owner must do something before anything can be written to it."""


def _is_elsewhere(location: str, artifacts: Path) -> bool:
    """Whether the experiment's artifacts are to be in a local folder that is not `artifacts`, and is not there."""
    path = Path(unquote(urlsplit(location).path))
    return urlsplit(location).scheme in {"", "file"} and path != artifacts and not path.exists()


def _without_password(uri: str) -> str:
    """The URI of a server without what stands before its host; that goes to the variables that MLflow has for it."""
    parts = urlsplit(uri)
    if parts.scheme not in {"http", "https"} or parts.username is None:
        return uri
    os.environ["MLFLOW_TRACKING_USERNAME"] = unquote(parts.username)
    os.environ["MLFLOW_TRACKING_PASSWORD"] = unquote(parts.password or "")
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def nll(run: Run, split: str) -> float:
    """What a run says of its NLL on `split`; NaN where it says nothing."""
    value = float(run.data.metrics.get(f"{split}.nll", math.nan))
    # A database holds infinity as the largest number.
    return math.inf if value == sys.float_info.max else value


def reason(error: BaseException) -> str:
    """What went wrong, as one line without a password."""
    text = re.sub(r"//[^/\s]*@", "//***@", one_line(error))
    password = urlsplit(os.environ.get("MLFLOW_TRACKING_URI", "")).password or ""
    names = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
    for secret in (password, unquote(password), *(os.environ.get(name, "") for name in names)):
        text = text.replace(secret, "***") if secret else text
    return text


@contextmanager
def asking() -> Iterator[None]:
    """For a command that reads: whatever goes wrong in the `with` block is a UserError of one line."""
    try:
        yield
    except Exception as error:  # whatever MLflow, SQLite or the network comes up with
        raise UserError(f"MLflow cannot be asked: {reason(error)}") from None


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Raises TimeoutError in the `with` block when it has taken so long, and again each second, until it ends."""

    def give_up(*_: object) -> None:
        raise TimeoutError(f"not done after {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def locked(path: Path, seconds: float = 30.0) -> Iterator[None]:
    """Holds the lock at `path`, which goes with the process. Raises TimeoutError where another one keeps it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + seconds
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TimeoutError(f"another process holds {path}") from None
                time.sleep(0.1)
        yield
