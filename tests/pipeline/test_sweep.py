"""`makemore sweep` with the real DVC: failed and killed experiments, an interruption, and two machines."""

import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from mlflow import MlflowClient

from tests.pipeline.project import Project
from tests.pipeline.reader import make_environment
from tests.tracking.server import Server, wait_for

STEPS = "variants.gpt.steps=choice(90000000,-1,10)"  # one that trains for days, one that is refused, and one that ends


@pytest.fixture
def swept(project: Project) -> Iterator[Project]:
    """A clone; at the end, whatever still runs in it is killed."""
    yield project
    for process in running(project):
        process.kill()


def running(project: Project, *words: str, experiment: str = "") -> list[psutil.Process]:
    """The processes in the clone of an experiment, or of any, that have all these words in their command line."""
    found = []
    for process in psutil.process_iter(["cwd", "cmdline"]):
        folder = f"{process.info['cwd'] or ''}/"
        inside = folder.startswith(f"{project.root}/.dvc/tmp/sweeps/long/{experiment and f'{experiment}/'}")
        if inside and set(words) <= {*(process.info["cmdline"] or ())}:
            found.append(process)
    return found


def start_training(project: Project, *arguments: str) -> "subprocess.Popen[str]":
    """Starts `makemore sweep long` and waits until it trains for long. Other processes may be training already."""
    before = running(project)
    process = project.start("makemore", "sweep", "long", "--set", STEPS, *arguments)

    def training() -> bool:
        assert process.poll() is None, process.communicate()[0]
        started = set(running(project, "train", experiment="long-1")) - set(before)
        return bool(started) and any((project.root / ".dvc/tmp/checkpoints").glob("gpt-*"))

    wait_for(training, seconds=200)
    return process


def test_sweep_ends_whatever_is_killed(swept: Project) -> None:
    process = start_training(swept, "--jobs", "2")
    for dvc in running(swept, "dvc", "repro", experiment="long-1"):
        dvc.kill()  # the stage goes on without it
    output, _ = process.communicate()
    assert process.returncode == 1
    assert running(swept) == []
    assert re.search(r"^\| long-3 \| gpt \| 10 \| \d\.\d{4} \| \d\.\d{4} \|$", output, re.MULTILINE), output
    assert output.count("\n| long-") == 1
    first, second, last = output.splitlines()[-3:]
    assert first.startswith("error: long-1 (variants.gpt.steps=90000000): dvc was killed by SIGKILL; its output: ")
    assert second.startswith("error: long-2 (variants.gpt.steps=-1): params.yaml: variants.gpt: steps: input should be")
    assert last == "2 of 3 experiments failed; the same command tries them again"

    killed = start_training(swept, "--jobs", "1")
    killed.kill()  # the supervisor alone
    killed.communicate()
    assert running(swept)
    resumed = start_training(swept, "--jobs", "1", "--part", "1/3")
    assert len(running(swept, "dvc", "repro")) == 1, "what the killed one left is gone"
    os.killpg(resumed.pid, signal.SIGINT)
    output, _ = resumed.communicate()
    assert (resumed.returncode, running(swept)) == (130, [])
    assert output.splitlines() == [
        "sweep long: 1 experiment, 1 at a time",
        "interrupted: 0 of 1 experiment ended; the same command runs the others",
    ]
    assert swept.changed_results() == ""
    assert swept.run("git", "stash", "list") == ""


def test_two_machines_share_a_sweep(project: Project, tmp_path: Path) -> None:
    """Each runs a part; git, the DVC remote and MLflow then have all of it, and either shows the same table."""
    origin, storage = tmp_path / "origin.git", tmp_path / "storage"
    project.run("dvc", "remote", "add", "--default", "storage", str(storage))
    project.commit("A remote")
    project.run("git", "clone", "--quiet", "--bare", ".", str(origin))
    project.run("git", "remote", "add", "origin", str(origin))
    project.run("dvc", "push")
    other = Project(tmp_path / "other")
    project.run("git", "clone", "--quiet", str(origin), str(other.root))
    other.run("dvc", "pull")
    settings = ("--set", "variants.count.smoothing=choice(2,3)")
    with contextlib.ExitStack() as stack:
        server = Server(tmp_path)
        stack.callback(server.kill)
        for number, machine in enumerate((project, other), 1):
            part = ("--part", f"{number}/2")
            output = machine.run("makemore", "sweep", "both", *settings, *part, MLFLOW_TRACKING_URI=server.uri)
            assert output.count("\n| both-") == 1
            machine.run("dvc", "exp", "push", "origin")
        runs = MlflowClient(server.uri).search_runs(["1"])
    for machine in (project, other):
        machine.run("dvc", "exp", "pull", "origin")
    found = json.loads(project.run("makemore", "sweep", "both", "--json"))
    assert [(each["experiment"], each["params"]) for each in found["results"]] == [
        ("both-1", {"smoothing": "2"}),
        ("both-2", {"smoothing": "3"}),
    ]
    page = tmp_path / "both.html"
    tables = [machine.run("makemore", "sweep", "both", "--report", str(page)) for machine in (project, other)]
    assert tables[0] == tables[1]
    assert re.findall(r"\| (both-\d) \| count \| (\d) \|", tables[0]) == [("both-1", "2"), ("both-2", "3")]
    assert page.read_text(encoding="utf-8").count("<td>both-") == 2
    (parent,) = [run for run in runs if run.data.tags.get("makemore.sweep") == "both"]
    children = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert {run.data.params.get("smoothing") for run in children} >= {"2", "3"}
    assert {run.info.status for run in runs} == {"FINISHED"}
    make_environment(project.root / ".venv")
    again = project.run("make", "sweep", "NAME=both", f"SET={settings[1]}")
    assert again.startswith("sweep both: 2 experiments, 2 of them already done")
    assert again.endswith("with charts: reports/sweeps/both.html\n")
