"""Results that come from an S3 remote, and what CI makes of it: .ci/remote, and the steps of the workflow."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from makemore.core import layout
from tests.conftest import ROOT
from tests.pipeline.project import Project, stages_run
from tests.pipeline.storage import URL, Bucket, bucket

WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
ABSENT: dict[str, Any] = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}  # as GitHub sets missing secrets


@pytest.fixture(scope="module")
def storage() -> Iterator[Bucket]:
    with bucket() as storage:
        yield storage


@pytest.fixture(scope="module")
def pushed(reproduced: Project, storage: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone whose results, with the run cache, are in the remote that its committed configuration names."""
    project = reproduced.copy(tmp_path_factory.mktemp("pushed") / "clone")
    project.run("dvc", "remote", "add", "--default", "storage", URL)
    project.commit("A remote")
    project.run("dvc", "push", "--run-cache", **storage.environment)
    assert project.run("git", "status", "--porcelain") == ""
    return project


def clone_of(project: Project, folder: Path) -> Project:
    """A clone as a colleague or CI makes it: with an empty cache."""
    project.run("git", "clone", "--quiet", ".", str(folder))
    return Project(folder)


def step(job: str, name: str) -> dict[str, Any]:
    """The step of the workflow whose name begins with `name`."""
    (found,) = [each for each in WORKFLOW["jobs"][job]["steps"] if each.get("name", "").startswith(name)]
    return dict(found)


def run_step(project: Project, job: str, name: str, status: int = 0, **environment: str) -> str:
    """Runs the shell of a step as GitHub does."""
    return project.run("bash", "-e", "-c", step(job, name)["run"], status=status, **environment)


def test_restored_results_need_no_stage_but_track(pushed: Project, storage: Bucket, tmp_path: Path) -> None:
    """And CI fails as soon as the remote lacks a committed output."""
    clone = clone_of(pushed, tmp_path / "clone")
    output = run_step(clone, "stored", "Check that the DVC remote", **storage.environment)
    assert stages_run(output) == ["track"]
    assert clone.changed_results() == ""
    run_cache = {path.name for path in (pushed.root / ".dvc/cache/runs").rglob("*") if path.is_file()}
    assert {path.name for path in (clone.root / ".dvc/cache/runs").rglob("*") if path.is_file()} == run_cache != set()

    (weights,) = [out["md5"] for out in clone.lock["train@gpt"]["outs"] if out["path"].endswith(layout.WEIGHTS_FILE)]
    storage.delete(weights)
    incomplete = clone_of(pushed, tmp_path / "incomplete")
    output = run_step(incomplete, "stored", "Check that the DVC remote", status=1, **storage.environment)
    assert "artifacts/models/gpt/weights.safetensors" in output
    assert "run `dvc push --run-cache` where they were computed" in output.splitlines()[-1]
    pushed.run("dvc", "push", **storage.environment)


def test_pull_request_computes_only_what_it_changes(pushed: Project, storage: Bucket, tmp_path: Path) -> None:
    """The results of the branch that it goes to are restored; those that it brings along are not believed."""
    clone = clone_of(pushed, tmp_path / "clone")
    clone.run("git", "config", "user.name", "test")
    clone.run("git", "config", "user.email", "test@example.org")
    clone.edit(lambda values: values["variants"]["count"].update(smoothing=3))
    clone.commit("Another smoothing")
    clone.run(".ci/remote", "restore", "origin/main", **storage.environment)
    assert clone.run("git", "diff", "--cached") == "", "comparisons are with this commit"
    planned = stages_run(clone.run("dvc", "repro", "--dry"))
    assert [stage for stage in planned if stage.startswith(("prepare", "train"))] == ["train@count"]


def test_without_remote_or_credentials_nothing_changes(reproduced: Project, pushed: Project, tmp_path: Path) -> None:
    """A pull request from a fork has no secrets; the repository on which this one is based has no remote."""
    clone = clone_of(reproduced, tmp_path / "without")
    for arguments in (["check"], ["restore", "origin/main"]):
        assert "no DVC remote is configured" in clone.run(".ci/remote", *arguments)
    fork = clone_of(pushed, tmp_path / "fork")
    for arguments in (["check"], ["restore", "origin/main"]):
        assert "there are no credentials for the remote storage" in fork.run(".ci/remote", *arguments, **ABSENT)
    for each in (clone, fork):
        assert not (each.root / ".dvc/cache").exists()
        assert each.run("git", "status", "--porcelain") == ""


def test_committed_configuration_names_no_remote() -> None:
    assert "remote" not in (ROOT / ".dvc/config").read_text(encoding="utf-8")


def test_only_a_pull_request_restores() -> None:
    """A push to main computes everything: that is the proof. Secrets reach no other step."""
    with_secrets = {
        (job, each["name"]): each["env"]
        for job, content in WORKFLOW["jobs"].items()
        for each in content["steps"]
        if "secrets." in str(each)
    }
    assert [job for job, _ in with_secrets] == ["results", "stored"]
    assert step("results", "Recompute")["env"]["RESTORE"].startswith("${{ github.event_name == 'pull_request' && ")
    gate = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert gate.index("rm -r reports") < gate.index('if [ -n "${RESTORE:-}" ]') < gate.index("make repro\n")


@pytest.mark.parametrize("script", [".ci/run", ".ci/remote", ".ci/comment"])
def test_scripts_are_valid_bash(script: str) -> None:
    subprocess.run(["bash", "-n", script], cwd=ROOT, check=True)


def test_steps_of_the_workflow_are_valid_bash() -> None:
    scripts = [each["run"] for job in WORKFLOW["jobs"].values() for each in job["steps"] if "run" in each]
    assert len(scripts) > 4
    for script in scripts:
        subprocess.run(["bash", "-n", "-c", script], check=True)
