"""makemore doctor: each thing that can be amiss is found and named."""

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from makemore.core.files import write_json, write_text
from makemore.core.layout import ENVIRONMENT, PARAMS
from makemore.project.doctor import Finding, examine
from makemore.verification.environment import environment
from tests.conftest import PARAMS as PROJECT


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A healthy project on a healthy machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    subprocess.run(["git", "init", "--quiet"], check=True)
    Path(".dvc").mkdir()
    write_json(PARAMS, PROJECT.model_dump())


def find(subject: str) -> Finding:
    (found,) = (finding for finding in examine() if finding.subject == subject)
    return found


def test_healthy() -> None:
    findings = examine()
    assert {finding.state for finding in findings} == {"ok"}
    assert [finding.subject for finding in findings] == ["Python", "CPU", "torch", "compute", "git", "DVC", "MLflow"]
    assert find("torch").found == version("torch")
    assert find("DVC").found.startswith(f"{version('dvc')}, cache in .dvc/cache, ")
    assert find("MLflow").found == f"{version('mlflow')}, mlflow.db"
    assert not Path("mlflow.db").exists()


def test_any_kind_of_processor_is_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert find("CPU").state == "ok"
    assert "(arm64)" in find("CPU").found


def test_native_arithmetic_gives_other_bytes_elsewhere() -> None:
    values = PROJECT.model_dump()
    write_json(PARAMS, values | {"compute": values["compute"] | {"arithmetic": "native", "shards": 3}})
    remedy = "the same bytes on this kind of machine only"
    assert find("compute") == Finding("compute", "differs", "native arithmetic, shards 3", remedy)


def test_invalid_parameters() -> None:
    write_text(PARAMS, "data: 1\n")
    assert find("params.yaml").state == "broken"
    assert find("params.yaml").found.startswith("params.yaml: ")


def test_another_folder() -> None:
    Path(".dvc").rmdir()
    PARAMS.unlink()
    assert (find("DVC").state, find("torch").state) == ("broken", "ok")
    assert "no .dvc here" in find("DVC").found


def test_shared_cache_and_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_text(Path(".dvc/config.local"), f"[cache]\n    dir = {tmp_path}/shared\n")
    assert f"cache in {tmp_path}/shared, " in find("DVC").found
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert find("git").state == "broken"
    assert "dubious ownership" in find("git").remedy


def test_stores_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    write_text(Path("mlflow.db"), "not a database")
    assert find("MLflow").state == "broken"
    assert "mlflow.db" in find("MLflow").remedy
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////no/folder/mlflow.db")
    assert "/no/folder: not a folder that can be written to" in find("MLflow").remedy
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://ann:secret@127.0.0.1:9")
    assert "secret" not in "".join(find("MLflow"))
    assert find("MLflow").state == "broken"


def test_machine_of_the_committed_results() -> None:
    write_json(ENVIRONMENT, environment())
    assert find("results").found == "committed from a machine like this one"
    write_json(ENVIRONMENT, environment() | {"cpu": "Z80"})
    assert find("results") == Finding("results", "ok", "the committed ones were computed with cpu Z80")
