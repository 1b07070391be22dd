"""What is lost or damaged after it was written: `track` notices it, and writes it again or says what to do."""

import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from makemore.core.curve import Point
from makemore.core.params import load_params
from makemore.tracking.live.delivery import deliver
from makemore.tracking.live.reader import read_journal
from makemore.tracking.run import clone_id
from makemore.tracking.store import open_store
from makemore.training import journal
from stages import track
from tests.tracking.server import Server
from tests.tracking.workspace import Workspace

LOAD = """
import sys, mlflow
for uri in sys.argv[1:]:
    print(mlflow.pyfunc.load_model(uri).predict([{"n": 2, "seed": 1}]))
"""
JOURNALS = Path(".dvc/tmp/tracking")


def run_track() -> None:
    track.run(load_params())


def warnings(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The warnings since the last call. MLflow prints other lines here, because the tests import it before us."""
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]


def ids(workspace: Workspace, uri: str = "") -> set[str]:
    return {run.info.run_id for run in workspace.runs(uri)}


def run_of(workspace: Workspace, variant: str = "gpt") -> Run:
    (run,) = [run for run in workspace.runs() if run.data.tags["variant"] == variant]
    return run


def model_folder(workspace: Workspace, variant: str = "gpt") -> Path:
    run = run_of(workspace, variant)
    assert run.outputs is not None
    (output,) = run.outputs.model_outputs
    model = MlflowClient(workspace.uri).get_logged_model(output.model_id)
    return Path(model.artifact_location.removeprefix("file://"))


def fail(*_: Any, **__: Any) -> None:
    """A call that breaks off."""
    raise ConnectionError


def git(*arguments: str) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    subprocess.run(["git", *identity, *arguments], capture_output=True, check=True)


def commit_everything() -> None:
    Path("makemore").mkdir()
    Path("makemore/code.py").write_text("x = 1\n", encoding="utf-8")
    Path(".gitignore").write_text("/artifacts/\n/.dvc/\n/ml*\n", encoding="utf-8")
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "-m", "Code")


def lose_artifacts(workspace: Workspace, run: Run) -> None:
    shutil.rmtree("mlruns")


def lose_report(workspace: Workspace, run: Run) -> None:
    shutil.rmtree(Path(run.info.artifact_uri.removeprefix("file://")) / "report")


def lose_files_of_model(workspace: Workspace, run: Run) -> None:
    shutil.rmtree(model_folder(workspace))


def lose_model(workspace: Workspace, run: Run) -> None:
    assert run.outputs is not None
    MlflowClient(workspace.uri).delete_logged_model(run.outputs.model_outputs[0].model_id)


def lose_version(workspace: Workspace, run: Run) -> None:
    client = MlflowClient(workspace.uri)
    (version,) = client.search_model_versions(f"run_id = '{run.info.run_id}'")
    client.delete_model_version("makemore", version.version)


def lose_registry(workspace: Workspace, run: Run) -> None:
    MlflowClient(workspace.uri).delete_registered_model("makemore")


def lose_metric(workspace: Workspace, run: Run) -> None:
    with closing(sqlite3.connect("mlflow.db")) as connection, connection:
        for table in ("metrics", "latest_metrics"):
            connection.execute(f"DELETE FROM {table} WHERE key = 'dev.nll'")  # noqa: S608


@pytest.mark.parametrize(
    ("lose", "runs"),
    [
        (lose_artifacts, 2),
        (lose_report, 1),
        (lose_files_of_model, 1),
        (lose_model, 1),
        (lose_version, 1),
        (lose_registry, 2),
        (lose_metric, 2),
    ],
)
def test_run_that_lost_something_is_made_again_whole(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], lose: Any, runs: int
) -> None:
    run_track()
    before = ids(workspace)
    lose(workspace, run_of(workspace))
    capsys.readouterr()
    run_track()
    assert capsys.readouterr().out == f"MLflow: {runs} runs written, {2 - runs} already up to date\n"
    workspace.check_complete()
    assert len(ids(workspace) - before) == runs
    run_track()
    assert capsys.readouterr().out == "MLflow: 0 runs written, 2 already up to date\n"


def test_run_deleted_in_the_ui_is_written_again(workspace: Workspace) -> None:
    run_track()
    MlflowClient(workspace.uri).delete_run(run_of(workspace).info.run_id)
    run_track()
    assert sorted(run.data.tags["variant"] for run in workspace.runs()) == sorted(workspace.params.variants)


def test_alias_that_was_deleted_is_set_again(workspace: Workspace) -> None:
    run_track()
    before = ids(workspace)
    MlflowClient(workspace.uri).delete_registered_model_alias("makemore", "champion")
    run_track()
    workspace.check_complete()
    assert ids(workspace) == before
    assert "names" in workspace.track("-c", LOAD, "models:/makemore@champion"), "it can be served"


def test_deleted_artifacts_of_a_server_are_written_again(workspace: Workspace, server: Server) -> None:
    workspace.uri = server.uri
    workspace.track()
    folder = server.log.parent / "artifacts"
    assert "0 runs written, 2 already up to date" in workspace.track()
    shutil.rmtree(folder)
    assert "2 runs written" in workspace.track()
    workspace.check_complete()


def test_copied_clone_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    workspace.track()
    copy = Workspace(tmp_path / "copy", f"sqlite:///{tmp_path}/copy/mlflow.db")
    shutil.copytree(workspace.folder, copy.folder, symlinks=True)
    before = sorted(workspace.folder.rglob("*"))
    metrics = copy.folder / "reports/metrics/gpt.json"
    metrics.write_text(metrics.read_text(encoding="utf-8").replace("[", "[ "), encoding="utf-8")
    output = copy.track()
    assert "mlflow.db was created in another folder" in output
    assert output.count("warning: ") == 1
    assert sorted(workspace.folder.rglob("*")) == before, "nothing is written to the original"
    (copy.folder / "mlflow.db").unlink()
    shutil.rmtree(copy.folder / "mlruns")
    assert "2 runs written" in copy.track()
    copy.check_complete()


def test_run_that_was_being_written_is_written_again_whole(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its uncommitted changes, as they are by then."""
    commit_everything()
    Path("makemore/code.py").write_text("x = 2\n", encoding="utf-8")

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "log_text", fail)
        run_track()
    assert [run.info.status for run in workspace.runs()] == ["RUNNING"]
    before = ids(workspace)
    Path("makemore/code.py").write_text("x = 3\n", encoding="utf-8")
    run_track()
    workspace.check_complete()
    assert not before & ids(workspace)
    for run in workspace.runs():
        diff = Path(run.info.artifact_uri.removeprefix("file://")) / "uncommitted.diff"
        assert "+x = 3" in diff.read_text(encoding="utf-8")


def test_changes_of_a_streamed_run_are_not_replaced_by_others(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their upload was lost, and is repeated as long as the changes are the same."""
    commit_everything()
    params = {"variant": "gpt", "model": "gpt"}
    Path("makemore/code.py").write_text("x = 2\n", encoding="utf-8")
    store, path = open_store(Path(), "makemore"), JOURNALS / "gpt-k.jsonl"
    monkeypatch.setattr(journal.Carrier, "_start", lambda _: None)
    with suppress(ZeroDivisionError), journal.streamed_journal("gpt", "k", params, "makemore"):
        raise ZeroDivisionError
    training = read_journal(path)
    assert training is not None
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "log_text", fail)
        with pytest.raises(ConnectionError):
            deliver(store, training)
    (run,) = workspace.runs()
    for code, uploaded in {"x = 3": False, "x = 2": True}.items():
        Path("makemore/code.py").write_text(f"{code}\n", encoding="utf-8")
        deliver(store, training)
        diff = Path(run.info.artifact_uri.removeprefix("file://")) / "uncommitted.diff"
        assert diff.exists() == uploaded
    assert ids(workspace) == {run.info.run_id}


def test_model_created_twice_is_linked_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    create = MlflowClient.create_logged_model

    def create_twice(*arguments: Any, **options: Any) -> Any:
        create(*arguments, **options)
        return create(*arguments, **options)

    monkeypatch.setattr(MlflowClient, "create_logged_model", create_twice)
    run_track()
    workspace.check_complete()
    for run in workspace.runs():
        assert run.outputs is not None
        assert len(run.outputs.model_outputs) == 1


@pytest.mark.parametrize("name", ["log_artifacts", "log_artifact", "log_inputs", "log_outputs", "log_model_artifacts"])
def test_run_that_lacks_a_part_is_not_finished(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A store that answers and writes nothing."""
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, name, lambda *_, **__: None)
        run_track()
    assert {run.info.status for run in workspace.runs()} == {"RUNNING"}
    run_track()
    workspace.check_complete()


def test_second_model_in_a_process_does_not_run_the_code_of_the_first(workspace: Workspace, tmp_path: Path) -> None:
    run_track()
    first = model_folder(workspace)
    same, other = tmp_path / "same", tmp_path / "other"
    for copy in (same, other):
        shutil.copytree(first, copy)
    with (other / "code/makemore/sampling.py").open("a", encoding="utf-8") as file:
        file.write("\n\ndef sample(*_):\n    return ['other code']\n")
    environment = {name: value for name, value in workspace.environment.items() if name != "PYTHONPATH"}

    def load(*models: Path) -> "subprocess.CompletedProcess[str]":
        command = ["python", "-c", LOAD, *map(str, models)]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert len(set(load(first, same).stdout.split("\n")[:2])) == 1, "the same code is no problem"
    assert "other code" in load(other).stdout
    both = load(first, other)
    assert both.returncode == 1
    assert "other code" not in both.stdout
    assert both.stderr.rstrip().splitlines()[-1].startswith("mlflow.exceptions.MlflowException: Failed to import code")
    assert "this process already runs another version of makemore" in both.stderr


def test_leftovers_of_a_killed_process_are_removed(workspace: Workspace) -> None:
    dead = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True, check=True).stdout.strip()
    names = [f".mlflow.db.{dead}.tmp{suffix}" for suffix in ("", "-journal", "-wal", "-shm")]
    kept = [f".mlflow.db.{os.getppid()}.tmp", ".mlflow.db.x.tmp", f".other.db.{dead}.tmp"]
    for name in [*names, *kept]:
        Path(name).touch()
    run_track()
    assert sorted(path.name for path in Path().glob(".*.tmp*")) == sorted(kept)


@pytest.mark.parametrize("kind", ["folder", "text", "pipe"])
def test_file_that_is_no_store_costs_one_line(workspace: Workspace, kind: str) -> None:
    path = workspace.folder / "mlflow.db"
    content = path.read_bytes()
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.write_text("no database" * 100, encoding="utf-8")
    check_warning(workspace.track(), path)
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    path.write_bytes(content)
    run_track()
    workspace.check_complete()


def test_store_that_cannot_be_written_to_costs_one_line(workspace: Workspace) -> None:
    """Root may write to any file, so the file is mounted over itself, read-only."""
    path = workspace.folder / "mlflow.db"
    for options in (["--bind"], ["-o", "remount,ro,bind"]):
        if subprocess.run(["mount", *options, path, path], capture_output=True, check=False).returncode:
            subprocess.run(["umount", path], capture_output=True, check=False)
            pytest.skip("only root may mount a file")
    unchecked = "from makemore.tracking import store; store.check_sqlite = lambda path: None; "
    unchecked += "from makemore.core.params import load_params; from stages.track import run; run(load_params())"
    try:
        check_warning(workspace.track(), path)
        output = workspace.track("-c", unchecked)
        assert len(output.splitlines()) == 1, "also if it happens in the middle"
    finally:
        subprocess.run(["umount", path], check=True)
    run_track()
    workspace.check_complete()


def check_warning(output: str, path: Path) -> None:
    (line,) = output.splitlines()
    assert line.startswith(f"warning: MLflow is not up to date ({path}: ")
    assert "move it away" in line


def test_damaged_journals_block_nothing(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    params = {"variant": "gpt", "model": "gpt"}
    paths = []
    for key in ("a", "b", "c"):
        with suppress(ZeroDivisionError), journal.streamed_journal("gpt", key, params, "makemore") as opened:
            paths.append(opened.path)
            raise ZeroDivisionError(key)
    damaged, lossy, _ = paths
    damaged.write_bytes(damaged.read_bytes().replace(b"{", b"", 1))
    lossy.write_bytes(lossy.read_bytes().replace(b"\n", b'\n{"point": [0, 1.0\n', 1))
    for run in workspace.runs():
        MlflowClient(workspace.uri).delete_run(run.info.run_id)
    capsys.readouterr()
    run_track()
    assert warnings(capsys) == [
        f"warning: {path}: {problem}"
        for path, problem in sorted(
            [
                (damaged, "its start is lost, deleted"),
                (lossy, "1 damaged line dropped; the others go to MLflow"),
            ]
        )
    ]
    assert sorted(run.data.tags["makemore.error"] for run in workspace.runs() if run.info.status == "FAILED") == [
        "b",
        "c",
    ]
    assert not list(JOURNALS.glob("*.jsonl"))
    run_track()
    assert warnings(capsys) == []


@pytest.mark.parametrize("content", [b"", b"0123", b"\xff" * 32, b"[" * 100_000])
def test_damaged_clone_id_is_replaced(workspace: Workspace, content: bytes) -> None:
    first = clone_id()
    assert clone_id() == first
    (path,) = JOURNALS.glob("clone-*")
    path.write_bytes(content)
    assert re.fullmatch("[0-9a-f]{32}", clone_id())
    assert clone_id() != first


def test_copy_of_a_clone_has_another_id(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = clone_id()
    shutil.copytree(workspace.folder, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    assert clone_id() != first


def test_run_of_a_training_that_resumes_with_other_shown_parameters_is_replaced(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its data may have moved. Another variant with the same training has a run of its own."""
    monkeypatch.setattr(journal.Carrier, "_start", lambda _: None)
    store = open_store(Path(), "makemore")
    for variant, data in (("gpt", "a.txt"), ("twin", "a.txt"), ("gpt", "b.txt")):
        params = {"variant": variant, "model": "gpt", "data.path": data}
        with suppress(ZeroDivisionError), journal.streamed_journal(variant, "k", params, "makemore") as opened:
            opened.point(Point(0, 3.0, 3.0, 0.0))
            raise ZeroDivisionError
        training = read_journal(opened.path)
        assert training is not None
        deliver(store, training)
    shown = {run.data.tags["variant"]: run.data.params["data.path"] for run in workspace.runs()}
    assert (shown, len(workspace.runs())) == ({"gpt": "b.txt", "twin": "a.txt"}, 2)
    assert all(run.data.metrics["curve/dev_nll"] == 3.0 for run in workspace.runs())
