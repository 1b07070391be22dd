"""Links to MLflow's UI."""

import os

from mlflow.entities import Run

from makemore.tracking.store import VIEW, Store

PORT = 5000  # of the UI that `make ui` starts


def server() -> str:
    """The address of the server that the store is behind; empty if the store is a database."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    return uri.rstrip("/") if uri.lower().startswith("http") else ""


def local(port: int) -> str:
    """The address of a UI on this machine."""
    return f"http://127.0.0.1:{port}"


def to_table(ui: str, store: Store) -> str:
    """The table of all runs with our columns, the best on dev first."""
    return f"{ui}/#/experiments/{store.experiment_id}/runs?viewStateShareKey={VIEW}"


def to_run(ui: str, store: Store, run: Run) -> str:
    """The page of a run."""
    return f"{ui}/#/experiments/{store.experiment_id}/runs/{run.info.run_id}"
