"""The two files that a killed DVC can leave damaged are mended by `makemore heal`, and DVC then works again."""

import pytest
import yaml

from tests.pipeline.project import Project, stages_run


def heal(project: Project) -> str:
    return project.run("python", "-m", "makemore.cli", "heal")


def test_nothing_is_said_about_sound_files(project: Project) -> None:
    lock, rwlock = project.root / "dvc.lock", project.root / ".dvc/tmp/rwlock"
    whole = lock.read_bytes()
    for content in (b"{}", b'{"read": {"/a": [{"pid": 1, "cmd": "dvc repro"}]}, "write": {}}'):
        rwlock.write_bytes(content)
        assert heal(project) == ""
        assert (lock.read_bytes(), rwlock.read_bytes()) == (whole, content)


@pytest.mark.parametrize("content", [b"", b'{"read": {"/a": [{"pid"', b"[]", b"\0" * 20])
def test_damaged_rwlock_is_deleted(project: Project, content: bytes) -> None:
    rwlock = project.root / ".dvc/tmp/rwlock"
    rwlock.write_bytes(content)
    assert heal(project) == "warning: .dvc/tmp/rwlock was damaged; deleted it (no DVC was using it)\n"
    assert not rwlock.exists()


def test_dvc_works_again_after_both_were_cut(project: Project) -> None:
    lock, rwlock = project.root / "dvc.lock", project.root / ".dvc/tmp/rwlock"
    whole = lock.read_bytes()
    rwlock.write_bytes(b"")
    assert "RWLock" in project.run("dvc", "repro", "prepare", status=255), "DVC does not mend it"
    lock.write_bytes(whole[: whole.index(b"train@gpt:") + 5])
    assert "dvc.lock" in project.run("dvc", "repro", "prepare", status=255), "DVC does not mend it"
    assert len(heal(project).splitlines()) == 2
    assert stages_run(project.run("dvc", "repro", "report")) == []
    assert lock.read_bytes() == whole


def test_cut_dvc_lock_is_restored_from_git(project: Project) -> None:
    lock = project.root / "dvc.lock"
    whole = lock.read_bytes()
    for length in (0, 10, len(whole) // 3, len(whole) - 1):
        lock.write_bytes(whole[:length])
        assert heal(project) == (
            "warning: dvc.lock was damaged; restored the committed one (what was there: .dvc/tmp/dvc.lock.damaged)\n"
        )
        assert lock.read_bytes() == whole
        assert (project.root / ".dvc/tmp/dvc.lock.damaged").read_bytes() == whole[:length]


def test_hash_cut_to_digits_is_recognised(project: Project) -> None:
    """It is valid YAML and fits DVC's schema, as a number, and DVC crashes."""
    lock = project.root / "dvc.lock"
    whole = lock.read_bytes()
    lock.write_bytes(whole[: whole.index(b"md5: ", 200) + 5] + b"12")
    assert "restored the committed one" in heal(project)
    assert lock.read_bytes() == whole


def test_cut_dvc_lock_that_was_never_committed_is_deleted_and_costs_no_training(project: Project) -> None:
    lock = project.root / "dvc.lock"
    whole = lock.read_bytes()
    lock.unlink()
    project.commit("Without")
    lock.write_bytes(whole[: len(whole) // 2])
    assert "deleted it, since none is committed" in heal(project)
    output = project.run("dvc", "repro", "report")
    assert not [stage for stage in stages_run(output) if stage.startswith("train@")]
    before, after = (yaml.safe_load(content)["stages"] for content in (whole, lock.read_bytes()))
    assert after == {stage: entry for stage, entry in before.items() if stage != "track"}


def test_make_sweep_heals_before_it_starts(project: Project) -> None:
    commands = project.run("make", "--dry-run", "sweep", "NAME=a", "SET=variants.gpt.lr=0.1").splitlines()
    first = next(number for number, command in enumerate(commands) if command.startswith("makemore sweep "))
    assert "makemore heal" in commands[:first]
