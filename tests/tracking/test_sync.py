"""The record in a SQLite file: complete, once, and whatever happens in between."""

import shutil
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from makemore.core.files import file_md5, read_json, write_json
from makemore.tracking import sync as syncing
from tests.tracking.conftest import VARIANTS, Workspace, run_stages, run_track


def test_the_store_holds_what_the_files_hold_once(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    run_track()
    assert capsys.readouterr().out == "MLflow: 2 runs written, 0 already up to date\n"
    workspace.check_complete()
    ids = {run.info.run_id for run in workspace.runs()}
    run_track()
    assert capsys.readouterr().out == "MLflow: 0 runs written, 2 already up to date\n"
    workspace.check_complete()
    assert {run.info.run_id for run in workspace.runs()} == ids


def test_a_deleted_store_is_written_anew(workspace: Workspace) -> None:
    workspace.track()
    (workspace.folder / "mlflow.db").unlink()
    shutil.rmtree(workspace.folder / "mlruns", ignore_errors=True)
    assert "2 runs written, 0 already up to date" in workspace.track()
    workspace.check_complete()


def test_each_run_says_what_it_shows(workspace: Workspace) -> None:
    run_track()
    run = next(run for run in workspace.runs() if run.data.tags["variant"] == "gpt")
    tags = run.data.tags
    for path in ("artifacts/models/gpt/weights.safetensors", "reports/metrics/gpt.json", "reports/samples/gpt.txt"):
        assert tags[f"md5.{path}"] == file_md5(Path(path))
    assert tags["md5.data"] == file_md5(Path("names.txt"))
    assert tags["dvc.stage"] == "train@gpt"
    assert run.inputs is not None
    assert run.inputs.dataset_inputs[0].dataset.digest == tags["md5.data"]


def test_another_result_is_another_run(workspace: Workspace) -> None:
    run_track()
    metrics = Path("reports/metrics/count.json")
    content = metrics.read_text(encoding="utf-8")
    values = read_json(metrics)
    metrics.write_text(content.replace(str(values["dev"]["nll"]), "1.25"), encoding="utf-8")
    run_track()
    assert len(workspace.runs()) == 3
    metrics.write_text(content, encoding="utf-8")
    run_track()
    assert len(workspace.runs()) == 3, "the first one is still there"


def test_a_kill_while_the_file_is_made_leaves_none(workspace: Workspace) -> None:
    path = workspace.folder / "mlflow.db"
    path.unlink()
    process = workspace.start("-m", "stages", "track")
    while not list(workspace.folder.glob(".mlflow.db.*.tmp")):
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert not path.exists()
    run_track()
    workspace.check_complete()


CALLS = (
    *("create_run", "log_batch", "log_inputs", "log_artifact", "log_artifacts", "set_terminated", "search_runs"),
    *("create_logged_model", "log_model_artifacts", "finalize_logged_model", "create_registered_model"),
    *("create_model_version", "set_registered_model_alias", "search_model_versions", "search_logged_models"),
)


@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_off_at_any_call_it_goes_on(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """Each `sync` breaks off at a later call than the last: before MLflow gets it, or before we get the answer."""
    monkeypatch.setattr(syncing, "ATTEMPTS", 1)
    left = 0

    def breaking(name: str) -> Any:
        original = getattr(MlflowClient, name)

        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0 and when == "before":
                raise ConnectionError(name)
            answer = original(*arguments, **options)
            if left == 0:
                raise ConnectionError(name)
            return answer

        return call

    for name in CALLS:
        monkeypatch.setattr(MlflowClient, name, breaking(name))
    last = 0
    for number in range(1, 100):
        left = number
        run_track()
        last = number
        if left > 0:
            break
        assert len([run for run in workspace.runs() if run.info.status == "FINISHED"]) <= len(VARIANTS)
    assert last > 2, "it was cut off more than once"
    left = -1
    run_track()
    workspace.check_complete()


def test_a_run_made_twice_stands_there_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow repeats a request whose answer got lost: the server has carried out both. The same for a sweep's run."""
    create = MlflowClient.create_run

    def create_twice(*arguments: Any, **options: Any) -> Any:
        runs = [create(*arguments, **options) for _ in range(2)]
        return max(runs, key=lambda run: str(run.info.run_id))  # not the one that is kept

    monkeypatch.setattr(MlflowClient, "create_run", create_twice)
    run_track()
    workspace.check_complete()
    metrics = Path("reports/metrics/count.json")
    write_json(metrics, read_json(metrics) | {"n_params": 1})
    monkeypatch.setenv("DVC_EXP_NAME", "wide-1")
    run_track()
    (parent,) = [run for run in workspace.runs() if "makemore.sweep" in run.data.tags]
    (child,) = [run for run in workspace.runs() if "mlflow.parentRunId" in run.data.tags]
    assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert {run.info.status for run in workspace.runs()} == {"FINISHED"}


def test_the_champion_moves_when_it_is_beaten_on_the_same_data(workspace: Workspace) -> None:
    client = MlflowClient(workspace.uri)

    def champion() -> tuple[str, float]:
        version = client.get_model_version_by_alias("makemore", "champion")
        return version.tags["variant"], float(version.tags["dev.nll"])

    def change(variant: str, nll: float) -> None:
        path = Path(f"reports/metrics/{variant}.json")
        values = read_json(path)
        values["dev"]["nll"] = nll
        write_json(path, values)
        run_track()

    change("count", 2.0)
    assert champion() == ("count", 2.0)
    change("gpt", 2.0)
    assert champion() == ("count", 2.0), "as good is not better"
    change("gpt", 1.5)
    assert champion() == ("gpt", 1.5)
    change("gpt", 1.75)
    assert champion() == ("gpt", 1.5), "it is still in the registry"
    Path("artifacts/corpus/tokens.safetensors").write_bytes(b"other data")
    change("count", 0.5)
    assert champion() == ("gpt", 1.5), "a loss on other data says nothing"
    model = client.get_registered_model("makemore")
    assert sorted(model.aliases) != ["champion"]
    others = [client.get_model_version_by_alias("makemore", alias) for alias in model.aliases if alias != "champion"]
    assert {(each.tags["variant"], each.tags["dev.nll"]) for each in others} == {("gpt", "1.5"), ("count", "0.5")}


def test_two_clones_at_once_leave_one_run_each(workspace: Workspace, tmp_path: Path) -> None:
    """The second clone writes everything while the first is about to finish its first run: both see both."""
    other = Workspace(tmp_path / "other", workspace.uri)
    shutil.copytree(workspace.folder, other.folder)
    code = """
import subprocess, sys
from mlflow import MlflowClient
finish, late = MlflowClient.set_terminated, [True]
def finish_late(*arguments, **options):
    if late and late.pop():
        subprocess.run([sys.executable, "-m", "stages", "track"], cwd=sys.argv[1], check=True)
    return finish(*arguments, **options)
MlflowClient.set_terminated = finish_late
sys.argv = ["track", sys.argv[1]]
from stages import track
from makemore.core.params import load_params
track.run(load_params())
"""
    workspace.track("-c", code, str(other.folder))
    workspace.check_complete()
    assert "0 runs written, 2 already up to date" in other.track()


def test_many_at_once_on_a_new_file(workspace: Workspace, tmp_path: Path) -> None:
    """No race for the tables, no lock that lasts too long, no run twice."""
    (workspace.folder / "mlflow.db").unlink()
    others = [Workspace(tmp_path / f"other{number}", workspace.uri) for number in range(3)]
    for other in others:
        shutil.copytree(workspace.folder, other.folder)
    processes = [each.start("-m", "stages", "track") for each in (workspace, *others)]
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    workspace.track()
    workspace.check_complete()
    assert not [output for output in outputs if "Traceback" in output]


def test_a_locked_file_costs_a_warning_and_bounded_time(workspace: Workspace) -> None:
    lock = sqlite3.connect(workspace.folder / "mlflow.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    start = time.monotonic()
    output = workspace.track()
    assert time.monotonic() - start < 60
    assert output.count("warning: MLflow is not up to date (") == 1
    assert "locked" in output
    lock.execute("ROLLBACK")
    lock.close()
    run_track()
    workspace.check_complete()


def test_a_full_disk_costs_a_warning(workspace: Workspace) -> None:
    """The artifacts go to a file system of 4 kB."""
    small = workspace.folder / "mlruns"
    small.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small file system")
    try:
        output = workspace.track()
        assert "warning: MLflow is not up to date" in output
        assert "No space left on device" in output
    finally:
        subprocess.run(["umount", str(small)], check=True)
    run_track()
    workspace.check_complete()


def test_artifacts_that_cannot_be_written_cost_a_warning(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace.folder / "mlruns").write_text("not a folder", encoding="utf-8")
    run_track()
    assert "warning: MLflow is not up to date" in capsys.readouterr().err
    (workspace.folder / "mlruns").unlink()
    run_track()
    workspace.check_complete()


def test_a_moved_clone_says_so(workspace: Workspace, tmp_path: Path) -> None:
    workspace.track()
    moved = Workspace(tmp_path / "moved", "")
    workspace.folder.rename(moved.folder)
    assert "mlflow.db was created in another folder" in moved.track()
    (moved.folder / "mlflow.db").unlink()
    assert "2 runs written" in moved.track()


def test_the_run_of_a_training_is_completed_by_its_results(workspace: Workspace) -> None:
    """Streamed while it trains, or with the first look of `track`: one run, whose curve the training wrote."""
    shutil.rmtree("artifacts/models")
    run_stages()
    assert [path.name.split("-")[0] for path in Path(".dvc/tmp/tracking").glob("*.jsonl")]
    run_track()
    workspace.check_complete()
    assert all("makemore.training" in run.data.tags for run in workspace.runs())
    assert not list(Path(".dvc/tmp/tracking").glob("*.jsonl"))
    run_stages()  # once more: the same results
    run_track()
    workspace.check_complete()
