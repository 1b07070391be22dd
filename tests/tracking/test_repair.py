"""What is lost or damaged after it was written: `track` notices it, and writes it again or says what to do."""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from makemore.tracking.results import TrackedResults
from mlflow import MlflowClient
from mlflow.entities import Run

from makemore.core.params import load_params
from makemore.tracking import sync as syncing
from makemore.tracking.parts import missing_parts
from makemore.tracking.store import open_store
from makemore.training.journal import streamed_journal
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


def test_deleted_artifacts_are_written_again(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    run_track()
    before = ids(workspace)
    shutil.rmtree("mlruns")
    capsys.readouterr()
    run_track()
    assert capsys.readouterr().out == "MLflow: 2 runs written, 0 already up to date\n"
    workspace.check_complete()
    assert ids(workspace) == before
    assert "names" in workspace.track("-c", LOAD, "models:/makemore@champion"), "it can be served"
    run_track()
    assert capsys.readouterr().out == "MLflow: 0 runs written, 2 already up to date\n"


@pytest.mark.parametrize(
    "name", ["MLmodel", "artifacts/model/weights.safetensors", "artifacts/model/settings.json", "code"]
)
def test_deleted_file_of_a_logged_model_is_written_again(workspace: Workspace, name: str) -> None:
    run_track()
    folder = model_folder(workspace)
    path = folder / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    run_track()
    assert path.exists()
    assert model_folder(workspace) == folder, "the model and its version stay the same"
    workspace.check_complete()


@pytest.mark.parametrize("name", ["metrics/gpt.json", "model/weights.safetensors", "report/report.md"])
def test_deleted_artifact_of_a_run_is_written_again(workspace: Workspace, name: str) -> None:
    run_track()
    path = Path(run_of(workspace).info.artifact_uri.removeprefix("file://")) / name
    path.unlink()
    run_track()
    assert path.exists()


def test_deleted_artifacts_of_a_server_are_written_again(workspace: Workspace, server: Server) -> None:
    workspace.uri = server.uri
    workspace.track()
    before = ids(workspace)
    folder = server.log.parent / "artifacts"
    assert "0 runs written, 2 already up to date" in workspace.track()
    shutil.rmtree(folder)
    assert "2 runs written" in workspace.track()
    workspace.check_complete()
    assert ids(workspace) == before
    (experiment,) = (path for path in folder.iterdir() if (path / "models").is_dir())
    shutil.rmtree(experiment / "models")
    assert "2 runs written" in workspace.track()
    assert (experiment / "models").is_dir()


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


def test_lost_upload_of_the_changes_is_backfilled(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the changes are others by then."""
    commit_everything()
    Path("makemore/code.py").write_text("x = 2\n", encoding="utf-8")

    def broken(*_: Any) -> None:
        raise ConnectionError("reset by peer")

    with monkeypatch.context() as patch:
        patch.setattr(syncing, "ATTEMPTS", 1)
        patch.setattr(MlflowClient, "log_text", broken)
        run_track()
    assert {run.info.status for run in workspace.runs()} == {"RUNNING"}
    Path("makemore/code.py").write_text("x = 3\n", encoding="utf-8")
    run_track()
    workspace.check_complete()
    diffs = {
        run.info.run_name: Path(run.info.artifact_uri.removeprefix("file://")) / "uncommitted.diff"
        for run in workspace.runs()
    }
    contents = {name: path.read_text(encoding="utf-8") for name, path in diffs.items()}
    assert sorted("+x = 2" in content for content in contents.values()) == [False, True], "one run was made later"
    for name, path in diffs.items():
        path.unlink()
        run_track()
        assert path.read_text(encoding="utf-8") == contents[name]


def test_changes_that_are_gone_are_not_replaced_by_others(workspace: Workspace) -> None:
    commit_everything()
    Path("makemore/code.py").write_text("x = 2\n", encoding="utf-8")
    run_track()
    shutil.rmtree("mlruns")
    shutil.rmtree(JOURNALS)
    Path("makemore/code.py").write_text("x = 3\n", encoding="utf-8")
    run_track()
    for run in workspace.runs():
        assert run.data.tags["git.diff"] == "lost"
        assert not (Path(run.info.artifact_uri.removeprefix("file://")) / "uncommitted.diff").exists()
    run_track()
    workspace.check_complete()


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
    store = open_store(Path(), "makemore")
    for variant in workspace.params.variants:
        results = TrackedResults.of(variant, workspace.params)
        assert missing_parts(store, run_of(workspace, variant), results, thorough=True) == []


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
        with suppress(ZeroDivisionError), streamed_journal("gpt", key, params, "makemore") as journal:
            paths.append(journal.path)
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
                (damaged, f"damaged from its start on; renamed to {damaged.stem}.damaged"),
                (lossy, "1 damaged line dropped; the others go to MLflow"),
            ]
        )
    ]
    assert sorted(run.data.tags["makemore.error"] for run in workspace.runs() if run.info.status == "FAILED") == [
        "b",
        "c",
    ]
    assert [path.name for path in JOURNALS.glob("gpt-*") if path.suffix != ".lock"] == [f"{damaged.stem}.damaged"]
    run_track()
    assert warnings(capsys) == []


@pytest.mark.parametrize("content", ["", '{"folder": "', "[]", '{"folder": 3, "name": "x"}', "[" * 100_000])
def test_damaged_clone_id_is_replaced(workspace: Workspace, capsys: pytest.CaptureFixture[str], content: str) -> None:
    path = JOURNALS / "clone.json"
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    run_track()
    (warning,) = warnings(capsys)
    assert f"{path} is damaged" in warning
    workspace.check_complete()
