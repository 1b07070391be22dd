"""Killed at any moment and started again, `dvc repro` and `makemore repro` end with the same bytes as without the kill.

DVC does not write dvc.lock and its rwlock atomically, so a kill can leave half of them. `makemore heal`, with which
`makemore repro` starts, mends both.
"""

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.pipeline.project import SMALL, Project, stages_run
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


def resume(project: Project, *targets: str) -> str:
    """The output of `dvc repro`, after `makemore heal`, like `make repro`: a kill may have cut a file of DVC."""
    project.run("makemore", "heal")
    return project.run("dvc", "repro", *targets)


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
        forgotten.run("makemore", "heal")
        process = forgotten.start(*command)
        time.sleep(moments.uniform(1, 8))
        if whole_group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.communicate()
    forgotten.run("makemore", "repro")
    assert forgotten.changed_results() == ""
    assert checkpoints(forgotten) == []
    assert sorted((run.data.tags["variant"], run.info.status) for run in forgotten.runs()) == [
        (variant, "FINISHED") for variant in sorted(forgotten.params["variants"])
    ], "one run each, also of the training that was killed and resumed"


def test_half_written_dvc_lock_costs_no_training(project: Project) -> None:
    """Even if it was never committed, because DVC's run cache has the results."""
    project.edit(lambda values: values["variants"]["gpt"].update(seed=2))
    project.run("dvc", "repro", "report")
    lock = project.root / "dvc.lock"
    written = lock.read_bytes()
    lock.write_bytes(written[: written.index(b"train@gpt:") + 100])
    assert not [stage for stage in stages_run(resume(project, "report")) if stage.startswith("train@")]
    assert lock.read_bytes() == written


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
