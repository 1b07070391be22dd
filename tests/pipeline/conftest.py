"""A clone in which the pipeline has run."""

import os
import signal
from pathlib import Path

import pytest
from filelock import FileLock
from mlflow import MlflowClient

from tests.pipeline.project import EMPTY_STORE, Project

RECORDER = Path(__file__).parent / "recorder"

# A shell lets its background jobs ignore Ctrl-C, and every child process inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone in which `dvc repro` has run once, with its results committed. Tests only read it.

    All worker processes of pytest-xdist share it. Every file that a stage read is in the folder .git/record.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    root = folder / "reproduced"
    with FileLock(f"{root}.lock"):
        if (root / ".git/reproduced").exists():
            return Project(root)
        root.mkdir()
        project = Project.of_working_tree(root)
        project.run("dvc", "repro", PYTHONPATH=str(RECORDER), RECORD=str(root / ".git/record"))
        project.commit("Results")
        MlflowClient(f"sqlite:///{root / EMPTY_STORE}").search_experiments()
        (root / ".git/reproduced").touch()
    return project


@pytest.fixture
def project(reproduced: Project, tmp_path: Path) -> Project:
    """A copy of the reproduced clone that a test may change."""
    return reproduced.copy(tmp_path / "clone")


@pytest.fixture(scope="session")
def changed(reproduced: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone with a second commit: the results of another smoothing. Tests only read it."""
    project = reproduced.copy(tmp_path_factory.mktemp("changed") / "clone")
    project.edit(lambda values: values["variants"]["count"].update(smoothing=40))
    project.run("dvc", "repro", "report")
    project.commit("More smoothing")
    return project
