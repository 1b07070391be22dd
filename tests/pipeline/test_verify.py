"""`makemore verify`: identical, within tolerance or different outputs, and corruption that nothing else detects."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from makemore.verification import verify as verify_module
from tests.pipeline.project import Project


@pytest.fixture(scope="module")
def two(reproduced: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone with two variants and their committed results: each rerun takes half the time."""
    project = reproduced.copy(tmp_path_factory.mktemp("two") / "clone")
    project.edit(lambda values: [values["variants"].pop(name) for name in ("uniform", "bigram")])
    project.run("dvc", "repro")
    project.commit("Two variants")
    return project


@pytest.fixture
def committed(two: Project, tmp_path: Path) -> Project:
    """A copy of that clone."""
    return two.copy(tmp_path / "clone")


def outputs(project: Project) -> int:
    """The number of outputs in dvc.lock."""
    return sum(len(stage.get("outs", ())) for stage in project.lock.values())


def commit_dev_nll(project: Project, change: float) -> None:
    """Commits a forged dev NLL of the GPT, with the hash that belongs to it in dvc.lock: only a rerun can tell."""
    path = project.root / "reports/metrics/gpt.json"
    metrics = json.loads(path.read_text(encoding="utf-8"))
    metrics["dev"]["nll"] += change
    path.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    (project.root / "environment.json").write_text('{"cpu": "another"}', encoding="utf-8")
    project.run("dvc", "commit", "--force", "evaluate@gpt")
    project.commit("Better")


def test_committed_results_are_identical_and_the_working_tree_is_not_touched(committed: Project) -> None:
    (committed.root / "params.yaml").write_text("work in progress", encoding="utf-8")
    before = sorted(committed.root.rglob("*"))
    output = committed.run("makemore", "verify", "--attest", "../attest.json")
    assert f"All {outputs(committed)} outputs are identical." in output
    assert "train@gpt          artifacts/models/gpt/weights.safetensors" in output
    assert output.endswith("\nStatement: ../attest.json\n")
    assert sorted(committed.root.rglob("*")) == before
    committed.run("git", "clone", "--quiet", ".", "../other")
    other = Project(committed.root.parent / "other")  # like another machine: without cache and without artifacts
    checked = other.run("makemore", "verify", "HEAD", "--check", "../attest.json")
    assert checked.startswith(f"../attest.json: all {outputs(committed)} outputs of ")


def test_corruption_in_the_cache_and_forged_results_are_detected(committed: Project) -> None:
    weights = committed.root / "artifacts/models/gpt/weights.safetensors"
    cached = next(
        path
        for path in (committed.root / ".dvc/cache/files/md5").glob("*/*")
        if path.is_file() and path.read_bytes() == weights.read_bytes()
    )
    content = bytearray(cached.read_bytes())
    content[-1] ^= 1
    cached.chmod(0o644)
    cached.write_bytes(content)
    commit_dev_nll(committed, -1)
    output = committed.run("makemore", "verify", "HEAD", status=1)
    damaged, forged = (line for line in output.splitlines() if "  different (" in line)
    assert damaged.startswith("train@gpt          artifacts/models/gpt/weights.safetensors")
    assert "(damaged in the cache: .dvc/cache/files/md5/" in damaged
    assert forged.startswith("evaluate@gpt       reports/metrics/gpt.json")
    assert "(largest difference 0." in forged
    assert f"2 of {outputs(committed)} outputs differ, the first in stage train@gpt." in output
    assert "cpu: recorded 'another', here" in output


def test_small_difference_is_within_tolerance(
    two: Project, committed: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rerun is replaced by a copy of what it computes."""

    def copy(_: Path, clone: Path, *__: Any) -> None:
        shutil.copytree(two.root, clone)

    commit_dev_nll(committed, -0.001)
    monkeypatch.setattr(verify_module, "rerun", copy)
    monkeypatch.chdir(committed.root)
    assert verify_module.verify("HEAD") == 0
    output = capsys.readouterr().out
    assert "evaluate@gpt       reports/metrics/gpt.json" in output
    assert "equal within tolerance (largest difference 0.0" in output
    assert f"1 of {outputs(committed)} outputs differ, the first in stage evaluate@gpt." in output
    assert "Note: equal within tolerance, but not identical." in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "error: verify: 'nowhere' is not a commit of this repository"),
        (["HEAD~1"], "has no dvc.lock, so there are no results to compare with"),
    ],
)
def test_commit_without_results_is_an_error(reproduced: Project, arguments: list[str], message: str) -> None:
    output = reproduced.run("makemore", "verify", *arguments, status=2)
    assert message in output
    assert output.count("\n") == 1


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("reports", "error: reports: cannot be written: Is a directory; move the folder away that has this name\n"),
        ("nowhere/attest.json", "error: nowhere/attest.json: cannot be written: No such file or directory\n"),
    ],
)
def test_statement_that_cannot_be_written_is_an_error_before_the_rerun(
    reproduced: Project, path: str, message: str
) -> None:
    assert reproduced.run("makemore", "verify", "--attest", path, status=2) == message


def test_folder_outside_a_repository_is_an_error(tmp_path: Path) -> None:
    output = Project(tmp_path).run("makemore", "verify", status=2, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert output == "error: verify: this folder is not in a git repository, or git is not installed\n"
