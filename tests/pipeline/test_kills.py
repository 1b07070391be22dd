"""Ctrl-C during a real training. tests/nightly/test_kills.py kills at random, and compares the bytes."""

import os
import signal

from tests.pipeline.project import Project
from tests.tracking.server import wait_for


def test_ctrl_c_says_how_to_resume(project: Project) -> None:
    project.edit(lambda values: values["variants"]["gpt"].update(steps=10**6, eval_every=5))
    process = project.start("makemore", "repro", "train@gpt")
    checkpoints = project.root / ".dvc/tmp/checkpoints"
    wait_for(lambda: any(checkpoints.glob("gpt-*")), seconds=120)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate()
    assert process.returncode == 130
    assert output.splitlines()[-1].startswith("interrupted: ")
    assert "gpt: stopped after step " in output
    assert "the same command resumes from there" in output
    assert "Traceback" not in output
    assert len([*checkpoints.glob("*.checkpoint")]) == 1
