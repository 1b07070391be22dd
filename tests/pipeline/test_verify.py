"""`makemore verify`: identical, within tolerance, different; and it finds damage that nobody else looks for."""

import json
from pathlib import Path

import pytest
import safetensors.torch
import torch

from makemore.verification.distance import distance
from tests.pipeline.conftest import Project

VERIFY = ("python", "-m", "makemore.cli", "verify")


def test_committed_results_are_identical_and_the_tree_is_left_alone(project: Project) -> None:
    (project.root / "params.yaml").write_text("work in progress", encoding="utf-8")
    before = sorted(project.root.rglob("*"))
    output = project.run(*VERIFY, "HEAD")
    assert "All 33 outputs are identical." in output
    assert "train@gpt          artifacts/models/gpt/weights.safetensors" in output
    new = {path for path in set(project.root.rglob("*")) - set(before) if path.name != "__pycache__"}
    assert not {path for path in new if path.suffix != ".pyc"}


def test_one_byte_of_a_weight_in_the_cache_is_found(project: Project) -> None:
    weights = project.root / "artifacts/models/gpt/weights.safetensors"
    cached = next(
        path
        for path in (project.root / ".dvc/cache/files/md5").glob("*/*")
        if path.is_file() and path.read_bytes() == weights.read_bytes()
    )
    content = bytearray(cached.read_bytes())
    content[-1] ^= 1
    cached.chmod(0o644)
    cached.write_bytes(content)
    output = project.run(*VERIFY, ok=False)
    assert "different (damaged in the cache: .dvc/cache/files/md5/" in output
    assert "1 of 33 outputs deviate, the first in stage train@gpt." in output


def test_results_that_were_changed_by_hand_are_found(project: Project) -> None:
    """A smaller loss in the committed file, and the hash that goes with it in dvc.lock: only a rerun can tell."""
    path = project.root / "reports/metrics/gpt.json"
    metrics = json.loads(path.read_text(encoding="utf-8"))
    metrics["dev"]["nll"] -= 0.001
    path.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    (project.root / "environment.json").write_text('{"cpu": "another"}', encoding="utf-8")
    project.run("dvc", "commit", "--force", "evaluate@gpt")
    project.commit("A little better")
    output = project.run(*VERIFY)
    assert "evaluate@gpt       reports/metrics/gpt.json" in output
    assert "equal within tolerance (largest difference 0.0" in output
    assert "the first in stage evaluate@gpt." in output
    assert "cpu: recorded 'another', here" in output
    assert "Note: equal within tolerance, not identical." in output

    metrics["dev"]["nll"] -= 1
    path.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    project.run("dvc", "commit", "--force", "evaluate@gpt")
    project.commit("Much better")
    assert "different (largest difference 0." in project.run(*VERIFY, ok=False)


def test_weights_that_are_not_numbers_are_infinitely_far() -> None:
    good = {"a": torch.zeros(2), "b": torch.zeros(2)}
    broken = safetensors.torch.save(good | {"b": torch.tensor([0.0, torch.nan])})
    assert distance("weights.safetensors", safetensors.torch.save(good), broken) == float("inf")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "error: verify: 'nowhere' is not a commit of this repository"),
        (["HEAD~1"], "holds no dvc.lock, and so no results to compare with"),
    ],
)
def test_what_cannot_be_verified(project: Project, arguments: list[str], message: str) -> None:
    assert message in project.run(*VERIFY, *arguments, ok=False)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("nll: 2.5\n", "nll: 2.5\n", 0.0),
        ("nll: 2.5 at 1e-3", "nll: 2.6 at 1e-3", 0.1 / 2.6),
        ("nll: 0.001", "nll: 0.002", 0.001),
        ("emma 1", "ava 1", float("inf")),
        ("1 2", "1", float("inf")),
    ],
)
def test_distance_of_texts(old: str, new: str, expected: float) -> None:
    assert distance(Path("metrics.json").name, old.encode(), new.encode()) == pytest.approx(expected)
