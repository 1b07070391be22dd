"""`makemore verify`: what a rerun finds out about committed results, and what nothing else detects.

The stages are those of `Tiny`. CI runs `make verify` on the real ones.
"""

import shutil
from pathlib import Path

import pytest

from tests.pipeline.tiny import Tiny

OUTPUTS = 8  # corpus.txt, report.txt, and three of each variant
MODEL, LOSS = "models/count.txt", "losses/count.txt"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a project whose results are committed, and the cache that a person shares between projects."""
    folder = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "home"))
        configure(folder, f"[cache]\n    dir = {folder / 'shared'}\n")
        project = Tiny(folder / "project", {"count": "", "gpt": ""})
        commit(project)
        project.run("dvc", "repro")
        commit(project)
    return folder


@pytest.fixture
def committed(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    """A copy of them."""
    shutil.copytree(results, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    configure(tmp_path, f"[cache]\n    dir = {tmp_path / 'shared'}\n")
    return opened(tmp_path / "project")


def configure(folder: Path, text: str) -> None:
    """Writes the person's configuration of DVC."""
    path = folder / "home/dvc/config"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def opened(root: Path) -> Tiny:
    """A project that exists."""
    project = Tiny.__new__(Tiny)
    project.root = root
    return project


def commit(project: Tiny) -> None:
    project.run("git", "add", "--all")
    project.run(
        "git", "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--quiet", "-m", "Results"
    )


def invent_loss(project: Tiny) -> None:
    """Commits an invented loss, and the report that follows from it; the hashes in dvc.lock and the cache fit it."""
    (project.root / LOSS).write_text("evaluate@count 0.1\n", encoding="utf-8")
    project.run("dvc", "commit", "--force", "evaluate@count")
    project.run("dvc", "repro", "report")
    commit(project)


def test_committed_results_are_identical_and_the_working_tree_is_not_touched(committed: Tiny) -> None:
    (committed.root / "params.yaml").write_text("work in progress", encoding="utf-8")
    before = sorted(committed.root.rglob("*"))
    output = committed.run("makemore", "verify", "--attest", "../attest.json")
    assert output[-2:] == [f"All {OUTPUTS} outputs are identical.", "Statement: ../attest.json"]
    assert f"{'train@count':18} {MODEL:17}  identical" in output
    assert sorted(committed.root.rglob("*")) == before
    committed.run("git", "clone", "--quiet", ".", "../other")
    other = opened(committed.root.parent / "other")  # like another machine: without artifacts
    (checked,) = other.run("makemore", "verify", "HEAD", "--check", "../attest.json")
    assert checked.startswith(f"../attest.json: all {OUTPUTS} outputs of ")


def test_invented_results_in_a_shared_cache_are_computed_again(committed: Tiny) -> None:
    invent_loss(committed)
    output = committed.run("makemore", "verify", "HEAD", status=1)
    different = [line.split()[:2] for line in output if "  different (" in line]
    assert different == [["evaluate@count", LOSS], ["report", "report.txt"]]
    assert f"2 of {OUTPUTS} outputs differ, the first in stage evaluate@count." in output


def test_stage_that_is_restored_proves_nothing(committed: Tiny, tmp_path: Path) -> None:
    """DVC's older setting for the cache wins over ours."""
    configure(tmp_path, f"[cache]\n    local = shared\n['remote \"shared\"']\n    url = {tmp_path / 'shared'}\n")
    output = committed.run("makemore", "verify", "HEAD", status=2)
    expected = "error: verify: not every stage was computed again, so nothing is proven (prepare: restored from cache"
    assert output[-1].startswith(expected)


def test_corruption_in_the_cache_is_detected(committed: Tiny, tmp_path: Path) -> None:
    model = (committed.root / MODEL).read_bytes()
    (cached,) = (
        file for file in (tmp_path / "shared/files").rglob("*") if file.is_file() and file.read_bytes() == model
    )
    cached.chmod(0o644)
    cached.write_bytes(model[:-1])
    output = committed.run("makemore", "verify", "HEAD", status=1)
    (damaged,) = (line for line in output if "  different (" in line)
    assert damaged.split()[:2] == ["train@count", MODEL]
    assert f"(damaged in the cache: {cached}; delete it and run `dvc repro` or `dvc pull`)" in damaged


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "error: verify: 'nowhere' is not a commit of this repository"),
        (["HEAD~1"], "has no dvc.lock, so there are no results to compare with"),
        (["--attest", "models"], "error: models: cannot be written: Is a directory; move the folder away that has "),
        (["--attest", "no/a.json"], "error: no/a.json: cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_work_is_one_line_before_the_rerun(committed: Tiny, arguments: list[str], message: str) -> None:
    (output,) = committed.run("makemore", "verify", *arguments, status=2)
    assert message in output
