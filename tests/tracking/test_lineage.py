"""From a run to its commit, its uncommitted changes and its data; and from the results to their runs."""

import json
import math
import re
import subprocess
from pathlib import Path

import mlflow
import pytest

from makemore import cli
from makemore.core.errors import UserError
from makemore.core.files import read_json, write_json
from makemore.tracking.lineage import origin
from makemore.tracking.views.runs import runs
from makemore.tracking.views.sweep import read_sweep
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
    found = origin()
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


def test_without_git_there_is_no_commit(workspace: Workspace) -> None:
    assert "git.commit" not in origin().tags


def test_runs_lists_the_run_of_each_variant(workspace: Workspace) -> None:
    assert runs(workspace.params).count("not in MLflow; `dvc repro` writes it") == 2
    run_track()
    ids = {run.data.tags["variant"]: run.info.run_id for run in workspace.runs()}
    _, *lines, table = runs(workspace.params).splitlines()
    assert table.endswith("http://127.0.0.1:5000/#/experiments/1/runs?viewStateShareKey=makemore")
    for line, variant in zip(lines, workspace.params.variants, strict=True):
        assert line.split()[0] == variant
        assert line.split()[2] == ids[variant]
        assert line.endswith(f"http://127.0.0.1:5000/#/experiments/1/runs/{ids[variant]}")


def test_runs_needs_results_and_a_server_that_answers(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "someone")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hunter2")
    with pytest.raises(UserError, match=r"could not query MLflow: .*127\.0\.0\.1") as caught:
        runs(workspace.params)
    assert "hunter2" not in str(caught.value)
    Path("reports/metrics/gpt.json").unlink()
    with pytest.raises(UserError, match=r"gpt\.json: no such file; run `dvc pull` or `dvc repro`"):
        runs(workspace.params)


@pytest.fixture
def swept(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with the runs of a sweep over the smoothing of the count model."""
    for number, (smoothing, nll) in enumerate(((5, 2.5), (10, 2.25), (0, math.inf)), 1):
        monkeypatch.setenv("DVC_EXP_NAME", f"rate-{number}")
        values = read_json(Path("params.yaml"))
        values["variants"]["count"]["smoothing"] = smoothing
        write_json(Path("params.yaml"), values)
        change_dev_nll("count", nll)
        run_track()
    return workspace


def test_sweep_has_a_parent_run_and_a_table_with_the_best_first(swept: Workspace) -> None:
    parents = [run for run in swept.runs() if run.data.tags.get("makemore.sweep") == "rate"]
    children = [run for run in swept.runs() if "mlflow.parentRunId" in run.data.tags]
    assert len(parents) == 1
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parents[0].info.run_id}
    columns, *rows = read_sweep("rate", swept.params).table()
    assert columns == ["experiment", "variant", "smoothing", "dev NLL", "test NLL"]
    assert [row[2:4] for row in rows if row[1] == "count"] == [["10", "2.2500"], ["5", "2.5000"], ["0", "inf"]]


def test_sweep_page_has_the_table_and_charts_of_values_and_curves(
    swept: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Infinite losses are in the table only."""
    monkeypatch.setattr("sys.argv", ["makemore", "sweep", "rate", "--report", "sweeps/rate.html"])
    assert cli.main() == 0
    content = Path("sweeps/rate.html").read_text(encoding="utf-8")
    for row in read_sweep("rate", swept.params).table()[1:]:
        assert all(f">{value}" in content for value in row)
    specs = {name: json.loads(spec) for name, spec in re.findall(r'vegaEmbed\("#(\w+)", (.*), \{actions', content)}
    data = {name: [row for rows in spec["datasets"].values() for row in rows] for name, spec in specs.items()}
    assert data.keys() == {"values", "curves"}
    shown = {(row["variant"], row["value"], row["nll"]) for row in data["values"] if "count" in row["variant"]}
    assert shown == {("variant count, smoothing 5", 5, 2.5), ("variant count, smoothing 10", 10, 2.25)}
    assert {(row["variant"], row["step"]) for row in data["curves"]} == {
        ("variant gpt", step) for step in (0, 10, 20, 30)
    }
    capsys.readouterr()
    monkeypatch.setattr("sys.argv", ["makemore", "sweep", "rate", "--report", "sweeps"])
    assert cli.main() == 2
    assert (
        capsys.readouterr().err
        == "error: sweeps: cannot be written: Is a directory; move the folder away that has this name\n"
    )


def test_unknown_sweep_is_an_error(workspace: Workspace) -> None:
    with pytest.raises(UserError, match="there is no sweep 'rate' in MLflow; known sweeps: none"):
        read_sweep("rate", workspace.params)
