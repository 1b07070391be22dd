"""Killed at any moment, and started again by `dvc repro`, the pipeline ends with the bytes of one that was not.

One moment is DVC's own: it writes dvc.lock in place, and killed in the middle leaves a part of it. Started again, it
fails before it runs a stage, and docs/reproducibility.md says what to type then.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.pipeline.conftest import Project, runs

LONGER = {"steps": 400, "eval_every": 50}  # some seconds of training


def start(project: Project, target: str = "report") -> "subprocess.Popen[str]":
    """`dvc repro` in a process group of its own."""
    return subprocess.Popen(
        ["dvc", "repro", target],
        cwd=project.root,
        env=project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def resume(project: Project) -> str:
    """What `dvc repro` prints; where it fails at once, because a kill has cut dvc.lock, with the committed one."""
    process = start(project, "track")
    output, _ = process.communicate()
    if process.returncode == 0:
        return output
    assert project.stages_run(output) == [], output
    project.run("git", "checkout", "dvc.lock")
    return project.run("dvc", "repro")


def forget(project: Project) -> None:
    """Takes everything away that the pipeline made, so that all of it must be made again."""
    for name in ("artifacts", "reports", ".dvc/cache", ".dvc/tmp", "mlruns"):
        shutil.rmtree(project.root / name, ignore_errors=True)
    (project.root / "mlflow.db").unlink(missing_ok=True)


def checkpoints(project: Project) -> list[Path]:
    return list((project.root / ".dvc/tmp/checkpoints").glob("*.checkpoint"))


@pytest.fixture
def committed(project: Project) -> Project:
    """A clone with a longer training, its results committed."""
    project.edit(lambda values: values["variants"]["gpt"].update(LONGER))
    project.run("dvc", "repro")
    project.commit("Longer")
    forget(project)
    return project


@pytest.mark.parametrize("whole_group", [True, False])
def test_kills_at_random_moments(committed: Project, whole_group: bool) -> None:
    """SIGKILL hits all processes at once, as a power loss would, or DVC alone, whose stage runs on for a moment."""
    moments = random.Random(int(whole_group))  # noqa: S311
    for _ in range(5):
        process = start(committed)
        time.sleep(moments.uniform(1, 12))
        if whole_group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.communicate()
    resume(committed)
    assert committed.run("git", "status", "--porcelain", "--", "reports", "dvc.lock") == ""
    assert checkpoints(committed) == []
    assert sorted((run.data.tags["variant"], run.info.status) for run in runs(committed)) == [
        (variant, "FINISHED") for variant in sorted(committed.params["variants"])
    ], "one run each, also of the training that was killed and went on"


def test_a_dvc_lock_that_was_cut_costs_no_training(project: Project) -> None:
    """Also where it was never committed: DVC's run cache has it."""
    project.edit(lambda values: values["variants"]["gpt"].update(seed=2))
    project.run("dvc", "repro")
    lock = project.root / "dvc.lock"
    written = lock.read_bytes()
    lock.write_bytes(written[: written.index(b"train@gpt:") + 100])
    assert not [stage for stage in project.stages_run(resume(project)) if stage.startswith("train@")]
    assert lock.read_bytes() == written


def test_ctrl_c_says_how_to_go_on(committed: Project) -> None:
    process = start(committed)
    lines = []
    for line in process.stdout or ():
        lines.append(line)
        if "stages train gpt" in line:
            time.sleep(5)  # importing torch takes some of them
            os.killpg(process.pid, signal.SIGINT)
    assert process.wait() != 0
    output = "".join(lines)
    assert "interrupted: " in output
    assert "Traceback" not in output
    if "stopped after step" in output:  # and not before the first
        assert "`dvc repro` goes on from there" in output
        assert len(checkpoints(committed)) == 1
    committed.run("dvc", "repro", "report")
    assert committed.run("git", "status", "--porcelain", "--", "reports", "dvc.lock") == ""
    assert checkpoints(committed) == []
