"""From a run to its commit, its uncommitted changes and its data; and from the results to their runs."""

import subprocess
from pathlib import Path

import mlflow
import pytest

from makemore.core.errors import UserError
from makemore.tracking.lineage import lineage
from makemore.tracking.views import tracked_runs
from tests.tracking.workspace import Workspace, change_dev_nll, run_track


def git(*arguments: str) -> str:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    return subprocess.run(["git", *identity, *arguments], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(workspace: Workspace) -> Workspace:
    """The results in a git repository, with some code."""
    Path("makemore").mkdir()
    Path("makemore/code.py").write_text("x = 1\n", encoding="utf-8")
    Path(".gitignore").write_text("/artifacts/\n/.dvc/\n/ml*\n", encoding="utf-8")
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "-m", "Code")
    return workspace


def test_clean_commit(repository: Workspace) -> None:
    """Changes in what the pipeline itself writes do not count."""
    Path("reports/report.md").write_text("# Another\n", encoding="utf-8")
    found = lineage()
    assert (found.tags["git.commit"], found.tags["git.dirty"]) == (git("rev-parse", "HEAD"), "false")
    assert found.changes == ""


def test_uncommitted_changes_are_attached_to_the_run(repository: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_EXP_NAME", "wide")
    monkeypatch.setenv("DVC_EXP_BASELINE_REV", "abc")
    Path("makemore/code.py").write_text("x = 2\n", encoding="utf-8")
    Path("makemore/new.py").write_text("y = 3\n", encoding="utf-8")
    Path("secrets.env").write_text("PASSWORD=hunter2\n", encoding="utf-8")
    run_track()
    run = repository.runs()[0]
    assert run.data.tags["git.dirty"] == "true"
    assert (run.data.tags["dvc.experiment"], run.data.tags["dvc.baseline"]) == ("wide", "abc")
    diff = Path(mlflow.MlflowClient(repository.uri).download_artifacts(run.info.run_id, "uncommitted.diff"))
    content = diff.read_text(encoding="utf-8")
    assert "-x = 1\n+x = 2" in content
    assert "+y = 3" in content
    assert "hunter2" not in content, "untracked files outside the code are not read"
    git("checkout", "--quiet", "makemore/code.py")
    Path("makemore/new.py").unlink()
    subprocess.run(["git", "apply", "--check", str(diff)], check=True)


def test_note_of_a_finished_run_may_be_edited(repository: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_EXP_NAME", "rate-1")
    Path("makemore/code.py").write_text("x = 2\n", encoding="utf-8")
    run_track()
    client = mlflow.MlflowClient(repository.uri)
    run = next(run for run in repository.runs() if "variant" in run.data.tags)
    note = run.data.tags["mlflow.note.content"]
    assert "with uncommitted changes, experiment rate-1. DVC has artifacts/models/" in note
    client.set_tag(run.info.run_id, "mlflow.note.content", "Ours")
    run_track()
    assert client.get_run(run.info.run_id).data.tags["mlflow.note.content"] == "Ours"


def test_without_git_there_is_no_commit(workspace: Workspace) -> None:
    assert "git.commit" not in lineage().tags


def test_runs_lists_the_run_of_each_variant(workspace: Workspace) -> None:
    assert tracked_runs(workspace.params).text().count("not in MLflow; `dvc repro` writes it") == 2
    run_track()
    ids = {run.data.tags["variant"]: run.info.run_id for run in workspace.runs()}
    _, *lines, table = tracked_runs(workspace.params).text().splitlines()
    assert table.endswith("http://127.0.0.1:5000/#/experiments/1/runs?viewStateShareKey=makemore")
    for line, variant in zip(lines, workspace.params.variants, strict=True):
        assert line.split()[0] == variant
        assert line.split()[2] == ids[variant]
        assert line.endswith(f"http://127.0.0.1:5000/#/experiments/1/runs/{ids[variant]}")
    found = tracked_runs(workspace.params).as_json()
    assert {run["variant"]: run["run_id"] for run in found["runs"]} == ids
    assert table.endswith(found["table"])


def test_runs_needs_results_and_a_server_that_answers(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "someone")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hunter2")
    with pytest.raises(UserError, match=r"could not query MLflow: .*127\.0\.0\.1") as caught:
        tracked_runs(workspace.params)
    assert "hunter2" not in str(caught.value)
    Path("reports/metrics/gpt.json").unlink()
    with pytest.raises(UserError, match=r"gpt\.json: no such file; run `dvc pull` or `dvc repro`"):
        tracked_runs(workspace.params)


def test_runs_of_an_experiment_have_one_parent_run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_EXP_NAME", "rate")
    for nll in (2.5, 2.25):
        change_dev_nll("count", nll)
        run_track()
    (parent,) = [run for run in workspace.runs() if run.data.tags.get("makemore.experiment") == "rate"]
    children = [run for run in workspace.runs() if "mlflow.parentRunId" in run.data.tags]
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parent.info.run_id}
    assert [run.data.tags["variant"] for run in children].count("count") == 2
