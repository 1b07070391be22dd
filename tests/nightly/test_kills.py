"""Killed at any moment and started again, `dvc repro` and `makemore repro` end with the same bytes as without the kill.

DVC does not write dvc.lock and its rwlock atomically, so a kill can leave half of them. `makemore repro` mends the
second, and says in one line how to mend the first.
"""

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.pipeline.project import ALL, SMALL, Project
from tests.pipeline.tiny import Tiny
from tests.tracking.server import wait_for

LONGER = SMALL["gpt"] | {"steps": 400, "eval_every": 50}  # some seconds of training
SERIAL, PARALLEL = ("dvc", "repro", "report"), ("makemore", "repro", "report", "--jobs", "2")


@pytest.fixture(scope="module")
def longer(reproduced: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone with a longer training and its committed results, and without anything that is not committed."""
    project = reproduced.copy(tmp_path_factory.mktemp("longer") / "clone")
    project.edit(lambda values: values.update(variants={"gpt": LONGER, "other": LONGER | {"seed": 2}}))
    project.run("dvc", "repro")
    project.commit("Longer")
    for name in ("artifacts", "reports", ".dvc/cache", ".dvc/tmp"):
        shutil.rmtree(project.root / name)
    return project


@pytest.fixture
def forgotten(longer: Project, tmp_path: Path) -> Project:
    """A copy of that clone: `dvc repro` has to compute everything again."""
    return longer.copy(tmp_path / "clone")


def mend(project: Project) -> None:
    """Restores dvc.lock if a `dvc repro` was killed while it wrote the file, as `makemore repro` tells people to do."""
    check = project.start("python", "-c", "from makemore.pipeline.lock_file import check_lock; check_lock()")
    check.communicate()
    if check.returncode:
        project.run("git", "checkout", "dvc.lock")


def checkpoints(project: Project) -> list[Path]:
    """The checkpoints of trainings that have not finished."""
    return list((project.root / ".dvc/tmp/checkpoints").glob("*.checkpoint"))


def points(project: Project) -> int:
    """The number of points in the journal of the GPT's training."""
    journals = (project.root / ".dvc/tmp/tracking").glob("gpt-*.jsonl")
    return sum(path.read_bytes().count(b'{"point"') for path in journals)


def test_kills_at_random_moments_leave_no_trace(forgotten: Project) -> None:
    """SIGKILL hits all processes, as a power loss would, or only DVC or our scheduler; stages run on for a moment.

    The two trainings stream to MLflow at the same time.
    """
    moments = random.Random(1)  # noqa: S311
    for command, whole_group in [(SERIAL, True), (PARALLEL, False), (SERIAL, False), (PARALLEL, False)] * 2:
        mend(forgotten)
        process = forgotten.start(*command)
        time.sleep(moments.uniform(1, 8))
        if whole_group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.communicate()
    mend(forgotten)
    forgotten.run("makemore", "repro")
    assert forgotten.changed_results() == ""
    assert checkpoints(forgotten) == []
    assert sorted((run.data.tags["variant"], run.info.status) for run in forgotten.runs()) == [
        (variant, "FINISHED") for variant in sorted(ALL)
    ], "one run each, also of the training that was killed and resumed"


@pytest.mark.parametrize("command", [SERIAL, PARALLEL], ids=["dvc", "makemore"])
def test_ctrl_c_says_how_to_resume(forgotten: Project, command: tuple[str, ...]) -> None:
    process = forgotten.start(*command)
    wait_for(lambda: points(forgotten) >= 2, seconds=120)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate()
    assert process.returncode != 0
    assert "gpt: stopped after step " in output
    assert output.splitlines()[-1].startswith("interrupted: ") or command == SERIAL
    assert "the same command resumes from there" in output
    assert "Traceback" not in output
    assert len(checkpoints(forgotten)) == (1 if command == SERIAL else 2)
    forgotten.run(*command)
    assert forgotten.changed_results() == ""
    assert checkpoints(forgotten) == []


def test_kills_of_random_processes_leave_no_trace(tmp_path: Path) -> None:
    """SIGKILL hits the scheduler, a process of DVC, or a stage; the same command then continues."""
    variants = {"a": "slow", "b": "quick", "c": "slow", "d": "quick"}
    serial = Tiny(tmp_path / "serial", variants)
    serial.run("dvc", "repro")
    project = Tiny(tmp_path / "project", variants)
    chance = random.Random(1)  # noqa: S311
    for victim in ("scheduler", "stage.sh", "scheduler", "makemore", "makemore", "scheduler"):
        process = project.start("makemore", "repro", "--jobs", "3")
        time.sleep(chance.uniform(1.0, 4.0))
        running = project.processes()
        chosen = [process.pid] if victim == "scheduler" else [pid for pid, line in running.items() if victim in line]
        if chosen:
            os.kill(chance.choice(chosen), signal.SIGKILL)
        process.communicate()
    project.run("makemore", "repro", "--jobs", "3")
    assert project.lock == serial.lock
    for name in ("report.txt", "models/a.txt"):
        assert (project.root / name).read_bytes() == (serial.root / name).read_bytes()
    time.sleep(0.1)
    assert not project.processes()
