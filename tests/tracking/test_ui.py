"""`makemore ui`: MLflow's UI on this machine, and the link to the table of runs."""

import socket
import urllib.request

import pytest
from mlflow import MlflowClient

from makemore.core.errors import UserError
from makemore.tracking.views import ui
from tests.tracking.server import answers, free_port, wait_for
from tests.tracking.workspace import Workspace


def test_ui_starts_with_the_link_to_the_table(workspace: Workspace) -> None:
    port = free_port()
    process = workspace.start("-m", "makemore.cli", "ui", "--port", str(port))
    assert process.stdout is not None
    link = process.stdout.readline().removeprefix("all runs, best first: ").strip()
    experiment = MlflowClient(workspace.uri).get_experiment_by_name("makemore")
    assert experiment is not None
    assert "mlflow.sharedViewState.makemore" in experiment.tags
    assert link == (f"http://127.0.0.1:{port}/#/experiments/{experiment.experiment_id}/runs?viewStateShareKey=makemore")
    wait_for(lambda: answers(f"http://127.0.0.1:{port}/health"), seconds=120)
    address = f"http://127.0.0.1:{port}/ajax-api/2.0/mlflow/experiments/get-by-name?experiment_name=makemore"
    with urllib.request.urlopen(address) as response:
        assert experiment.experiment_id in response.read().decode(), "it shows the store of this folder"


def test_port_that_cannot_be_used_is_an_error(workspace: Workspace) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(UserError, match=rf"port {taken}: Address already in use; choose another one"):
            ui(workspace.params, taken)
    for port in (-1, 0, 65536):
        with pytest.raises(UserError, match=rf"port {port}: choose one from 1 to 65535"):
            ui(workspace.params, port)
