"""Results for MLflow to show, and stores to show them in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tracking.server import Server
from tests.tracking.workspace import Workspace, make_results


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the outputs of the stages for two small variants."""
    folder = tmp_path_factory.mktemp("results")
    make_results(folder)
    return folder


@pytest.fixture
def workspace(results: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the results with an empty SQLite store; it is the current folder."""
    with Workspace.copied(results, tmp_path) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the tests of a file share."""
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.kill()
