"""The runs in a SQLite file are complete and free of duplicates, whatever happens while they are written."""

import contextlib
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient

from makemore.core import layout
from makemore.core.files import file_md5, read_json, write_json
from makemore.core.layout import JOURNALS
from makemore.tracking import store
from makemore.tracking import sync as sync_module
from makemore.tracking.live.delivery import deliver
from makemore.tracking.live.reader import read_journal
from makemore.training.journal import Journal
from tests.tracking.server import wait_for
from tests.tracking.workspace import VARIANTS, Workspace, change_dev_nll, run_stages, run_track


def test_store_holds_what_the_files_hold(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    run_track()
    assert capsys.readouterr().out == "MLflow: 2 runs written, 0 already up to date\n"
    workspace.check_complete()
    ids = {run.info.run_id for run in workspace.runs()}
    run_track()
    assert capsys.readouterr().out == "MLflow: 0 runs written, 2 already up to date\n"
    workspace.check_complete()
    assert {run.info.run_id for run in workspace.runs()} == ids


def test_run_whose_training_is_unknown_takes_no_time(workspace: Workspace) -> None:
    run_track()
    assert {run.info.end_time - run.info.start_time for run in workspace.runs()} == {0}


def test_models_are_ranked_by_their_dev_nll_on_the_data(workspace: Workspace) -> None:
    change_dev_nll("count", 2.5)
    change_dev_nll("gpt", 2.25)
    run_track()
    Path("names.txt").write_text("other\n", encoding="utf-8")
    change_dev_nll("count", 0.5)
    run_track()

    def ranked(**data: str) -> list[str]:
        experiments = [workspace.runs()[0].info.experiment_id]
        order = [{"field_name": "metrics.dev.nll", **data}]
        datasets = [data] if data else None
        found = mlflow.search_logged_models(experiments, datasets=datasets, order_by=order, output_format="list")
        return [model.name for model in found]

    assert ranked() == ["count", "gpt", "gpt", "count"]
    (first,) = [run for run in workspace.runs() if run.data.metrics["dev.nll"] == 2.5]
    assert ranked(dataset_name="names", dataset_digest=first.data.tags["md5.data"]) == ["gpt", "count"]


def test_deleted_store_is_written_again(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    workspace.track()  # not in this process, which would keep the deleted file open
    (workspace.folder / "mlflow.db").unlink()
    shutil.rmtree(workspace.folder / "mlruns")
    run_track()
    assert capsys.readouterr().out == "MLflow: 2 runs written, 0 already up to date\n"
    workspace.check_complete()


def test_tags_identify_data_stage_and_files(workspace: Workspace) -> None:
    run_track()
    run = next(run for run in workspace.runs() if run.data.tags["variant"] == "gpt")
    tags = run.data.tags
    for path in ("artifacts/models/gpt/weights.safetensors", "reports/metrics/gpt.json", "reports/samples/gpt.txt"):
        assert tags[f"md5.{path}"] == file_md5(Path(path))
    assert tags["md5.data"] == file_md5(Path("names.txt"))
    assert tags["dvc.stage"] == "train@gpt"
    assert run.inputs is not None
    assert run.inputs.dataset_inputs[0].dataset.digest == tags["md5.data"]


def test_different_results_are_a_different_run(workspace: Workspace) -> None:
    run_track()
    metrics = Path("reports/metrics/count.json")
    content = metrics.read_bytes()
    change_dev_nll("count", 1.25)
    run_track()
    assert len(workspace.runs()) == 3
    metrics.write_bytes(content)
    run_track()
    assert len(workspace.runs()) == 3, "the first run is reused"


def test_kill_while_the_file_is_created_leaves_no_file(workspace: Workspace) -> None:
    path = workspace.folder / "mlflow.db"
    path.unlink()
    process = workspace.start("-m", "stages", "track")
    wait_for(lambda: list(workspace.folder.glob(".mlflow.db.*.tmp")))
    process.kill()
    process.communicate()
    assert not path.exists()
    run_track()
    workspace.check_complete()


def fail(*_: Any, **__: Any) -> None:
    """A call that breaks off."""
    raise ConnectionError


CALLS = (
    *("create_run", "log_batch", "log_inputs", "log_artifact", "log_artifacts", "set_terminated", "search_runs"),
    *("create_logged_model", "log_model_artifacts", "finalize_logged_model", "log_outputs", "create_registered_model"),
    *("create_model_version", "set_registered_model_alias", "search_model_versions", "search_logged_models"),
)


@pytest.mark.parametrize("when", ["before", "after"])
def test_sync_that_breaks_off_at_any_call_is_completed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Each `sync` breaks off at a later call than the last: before MLflow gets it, or before we get the answer."""
    monkeypatch.setattr(sync_module, "ATTEMPTS", 1)
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
    assert last > 2, "more than one sync broke off"
    left = -1
    run_track()
    workspace.check_complete()


def test_run_created_twice_is_deduplicated(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow repeats a request whose answer was lost, and the server carries out both. An experiment has one parent."""
    create = MlflowClient.create_run

    def create_twice(*arguments: Any, **options: Any) -> Any:
        runs = [create(*arguments, **options) for _ in range(2)]
        return max(runs, key=lambda run: str(run.info.run_id))  # not the one that is kept

    monkeypatch.setattr(MlflowClient, "create_run", create_twice)
    run_track()
    workspace.check_complete()
    metrics = Path("reports/metrics/count.json")
    write_json(metrics, read_json(metrics) | {"n_params": 1})
    monkeypatch.setenv("DVC_EXP_NAME", "wide")
    run_track()
    (parent,) = [run for run in workspace.runs() if "makemore.experiment" in run.data.tags]
    (child,) = [run for run in workspace.runs() if "mlflow.parentRunId" in run.data.tags]
    assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert {run.info.status for run in workspace.runs()} == {"FINISHED"}


def test_champion_changes_only_if_beaten_on_the_same_data(workspace: Workspace) -> None:
    client = MlflowClient(workspace.uri)

    def champion() -> tuple[str, float]:
        version = client.get_model_version_by_alias("makemore", "champion")
        return version.tags["variant"], float(version.tags["dev.nll"])

    def track_with(variant: str, nll: float) -> None:
        change_dev_nll(variant, nll)
        run_track()

    track_with("count", 2.0)
    assert champion() == ("count", 2.0)
    track_with("gpt", 2.0)
    assert champion() == ("count", 2.0), "an equal loss is not better"
    track_with("gpt", 1.5)
    assert champion() == ("gpt", 1.5)
    track_with("gpt", 1.75)
    assert champion() == ("gpt", 1.5), "it is still in the registry"
    Path("artifacts/corpus/train-00000.safetensors").write_bytes(b"other data")
    track_with("count", 0.5)
    assert champion() == ("gpt", 1.5), "losses on other data are not comparable"
    model = client.get_registered_model("makemore")
    assert sorted(model.aliases) != ["champion"]
    others = [client.get_model_version_by_alias("makemore", alias) for alias in model.aliases if alias != "champion"]
    assert {(each.tags["variant"], each.tags["dev.nll"]) for each in others} == {("gpt", "1.5"), ("count", "0.5")}


def test_model_card_is_written_where_it_is_missing_and_replaces_no_text_of_people(workspace: Workspace) -> None:
    card, client = layout.MODEL_CARD.read_text(encoding="utf-8").split("---\n", 2)[2], MlflowClient(workspace.uri)
    run_track()
    (version,) = client.search_model_versions("name = 'makemore' and tags.variant = 'gpt'")
    for text, expected in {"": card, "Ask Ann before you use it.": "Ask Ann before you use it."}.items():
        client.update_model_version("makemore", version.version, text)
        run_track()
        assert client.get_model_version("makemore", version.version).description == expected


def test_race_of_two_clones_leaves_one_run_per_variant(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second clone writes everything while the first is about to finish its first run, so both see both."""
    other = Workspace(tmp_path / "other", workspace.uri)
    shutil.copytree(workspace.folder, other.folder)
    finish, outputs = MlflowClient.set_terminated, list[str]()

    def finish_late(*arguments: Any, **options: Any) -> None:
        if not outputs:
            outputs.append(other.track())
        finish(*arguments, **options)

    monkeypatch.setattr(MlflowClient, "set_terminated", finish_late)
    run_track()
    assert outputs == ["MLflow: 2 runs written, 0 already up to date\n"]
    workspace.check_complete()
    capsys.readouterr()
    with contextlib.chdir(other.folder):
        run_track()
    assert capsys.readouterr().out == "MLflow: 0 runs written, 2 already up to date\n"


def test_half_written_run_is_deleted_once_another_clone_has_a_complete_one(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Workspace(tmp_path / "other", workspace.uri)
    shutil.copytree(workspace.folder, other.folder)
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "create_logged_model", fail)
        run_track()
    assert [run.info.status for run in workspace.runs()] == ["RUNNING"]
    with contextlib.chdir(other.folder):
        run_track()
    run_track()
    workspace.check_complete()


def test_many_processes_share_a_new_file(workspace: Workspace, tmp_path: Path) -> None:
    """No race while the tables are created, no lock held too long, no run twice."""
    (workspace.folder / "mlflow.db").unlink()
    others = [Workspace(tmp_path / f"other{number}", workspace.uri) for number in range(3)]
    for other in others:
        shutil.copytree(workspace.folder, other.folder)
    processes = [each.start("-m", "stages", "track") for each in (workspace, *others)]
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    run_track()
    workspace.check_complete()
    assert not [output for output in outputs if "Traceback" in output]


def test_locked_file_costs_a_warning_and_bounded_time(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(store, "SECONDS_TO_OPEN", 7)  # SQLite itself waits for five
    lock = sqlite3.connect(workspace.folder / "mlflow.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    start = time.monotonic()
    run_track()
    assert time.monotonic() - start < 20
    warning = capsys.readouterr().err
    assert warning.count("warning: MLflow is not up to date (") == warning.count("\n") == 1
    assert "locked" in warning
    lock.execute("ROLLBACK")
    lock.close()
    run_track()
    workspace.check_complete()


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9", "sqlite:////proc/mlflow.db", "nonsense://"])
def test_store_that_cannot_be_opened_costs_a_warning_and_bounded_time(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], uri: str
) -> None:
    monkeypatch.setattr(store, "SECONDS_TO_OPEN", 3)  # MLflow retries for minutes to open a database
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    start = time.monotonic()
    run_track()
    assert time.monotonic() - start < 15
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 1
    assert warnings[0].startswith("warning: MLflow is not up to date (")
    assert workspace.runs() == []


def test_full_disk_costs_a_warning(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """The artifacts go to a file system of 4 kB."""
    small = workspace.folder / "mlruns"
    small.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small file system")
    try:
        run_track()
        warning = capsys.readouterr().err
        assert "warning: MLflow is not up to date" in warning
        assert "No space left on device" in warning
    finally:
        subprocess.run(["umount", str(small)], check=True)
    run_track()
    workspace.check_complete()


def test_unwritable_artifacts_cost_a_warning(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace.folder / "mlruns").write_text("not a folder", encoding="utf-8")
    run_track()
    assert "warning: MLflow is not up to date" in capsys.readouterr().err
    (workspace.folder / "mlruns").unlink()
    run_track()
    workspace.check_complete()


def test_moved_clone_is_told_to_delete_the_store(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_track()
    moved = Workspace(tmp_path / "moved", "")
    workspace.folder.rename(moved.folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    with contextlib.chdir(moved.folder):
        run_track()
    assert "mlflow.db was created in another folder" in capsys.readouterr().err
    (moved.folder / "mlflow.db").unlink()
    assert "2 runs written" in moved.track()


def test_track_completes_the_run_of_a_training(workspace: Workspace) -> None:
    """Whether it was streamed or comes from the journal alone: one run, with the curve of the training."""
    shutil.rmtree("artifacts/models")
    run_stages()
    trainings = [read_journal(path) for path in Path(".dvc/tmp/tracking").glob("*.jsonl")]
    times = {training.variant: (training.start, training.end) for training in trainings if training}
    assert times.keys() == set(VARIANTS)
    run_track()
    workspace.check_complete()
    found = {run.data.tags["variant"]: (run.info.start_time, run.info.end_time) for run in workspace.runs()}
    assert found == times, "a run takes as long as its training"
    assert all("makemore.training" in run.data.tags for run in workspace.runs())
    assert not list(Path(".dvc/tmp/tracking").glob("*.jsonl"))
    run_stages()  # the same results again
    run_track()
    workspace.check_complete()


@pytest.mark.parametrize("streamed", [False, True])
def test_run_has_the_parameters_of_the_results_and_not_of_the_training(workspace: Workspace, streamed: bool) -> None:
    """The same names in another file need no new training, so a journal may have the old path."""
    shutil.rmtree("artifacts/models")
    run_stages()
    if streamed:
        opened = store.open_store(Path(), "makemore")
        for path in Path(".dvc/tmp/tracking").glob("*.jsonl"):
            training = read_journal(path)
            assert training is not None
            deliver(opened, training)
    shutil.copy("names.txt", "renamed.txt")
    values = read_json(layout.PARAMS)
    write_json(layout.PARAMS, values | {"data": values["data"] | {"path": "renamed.txt"}})
    run_track()
    found = {run.data.tags["variant"]: (run.info.status, run.data.params["data.path"]) for run in workspace.runs()}
    assert found == dict.fromkeys(VARIANTS, ("FINISHED", "renamed.txt"))


def test_failed_training_ends_when_it_failed(workspace: Workspace) -> None:
    """Even if `track` delivers its journal much later."""
    path = JOURNALS / "gpt-0123456789abcdef.jsonl"
    journal = Journal(path)
    params = {"variant": "gpt", "model": "gpt"}
    start = {"variant": "gpt", "key": "0123456789abcdef", "experiment": "makemore", "folder": ".", "params": params}
    journal.begin(start)
    journal.end("FAILED", "the loss became nan")
    journal.close()
    training = read_journal(path)
    assert training is not None
    run_track()
    (run,) = [run for run in workspace.runs() if run.info.status == "FAILED"]
    assert (run.info.start_time, run.info.end_time) == (training.start, training.end)
    assert not path.exists()
