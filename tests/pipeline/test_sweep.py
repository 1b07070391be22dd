"""`makemore sweep` with the real DVC, and stages that are shell scripts: failures, Ctrl-C, kills, two machines."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.pipeline.tiny import TinyNames

if sys.platform != "linux":
    pytest.skip("the tests look for processes in /proc", allow_module_level=True)

ROWS = ["| count | 2.1000 | 2.0000 to 3.0000 |  |", "| count-smoothing-2 | 2.2000 | 2.0000 to 3.0000 |  |"]


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Callable[..., TinyNames]]:
    """Makes projects, and ends what runs in them after the test."""
    made = []

    def make(name: str = "project", **smoothings: int) -> TinyNames:
        made.append(TinyNames(tmp_path / name, **smoothings))
        return made[-1]

    yield make
    for project in made:
        for process in in_clones(project):
            process.kill()
        project.kill_all()


def in_clones(project: TinyNames) -> list[psutil.Process]:
    """The processes that run in clones of a project."""
    folder = f"{project.root}/.dvc/tmp/experiments/"
    return [each for each in psutil.process_iter(["cwd"]) if (each.info["cwd"] or "").startswith(folder)]


def sweep(project: TinyNames, values: str, *arguments: str, status: int = 0) -> list[str]:
    """The output of a sweep over values of the smoothing."""
    setting = f"variants.count.smoothing={values}"
    return project.run("makemore", "sweep", "rate", "--set", setting, *arguments, status=status)


def start_endless(project: TinyNames) -> "subprocess.Popen[str]":
    """Starts a sweep, and waits until one of its trainings does not end."""
    process = project.start("makemore", "sweep", "rate", "--set", "variants.count.smoothing=choice(2,8)")
    project.wait_for("start train@count-smoothing-8")
    return process


def test_variants_that_fail_are_left_out_and_named(tiny: Callable[..., TinyNames]) -> None:
    project = tiny(count=1, other=4)
    output = sweep(project, "choice(1,2,7,-1)", status=1)
    table = output.index("| variant | dev NLL | 95% interval | test NLL |")
    assert output[table + 2 : table + 5] == [*ROWS, ""], "the best first, and not what nobody asked for"
    assert output[table + 5].startswith("report: reports/experiments/rate.html")
    assert "track: warning: MLflow is not up to date" in output
    refused, failed, last = output[-3:]
    assert refused.startswith("error: count-smoothing--1: smoothing: input should be greater than or equal to 0")
    assert failed == "error: count-smoothing-7: train@count-smoothing-7: no such luck"
    again = "makemore sweep rate --set 'variants.count.smoothing=choice(1,2,7,-1)'"
    assert last == f"2 of 3 variants failed; try them again: {again}"
    assert project.run("git", "status", "--porcelain") == project.run("git", "stash", "list") == []
    assert list((project.root / ".dvc/tmp/experiments").iterdir()) == [project.root / ".dvc/tmp/experiments/rate.lock"]

    shown = project.run("makemore", "sweep", "rate")
    assert shown == output[table : table + 4], "again, and nothing runs"
    (found,) = [json.loads("\n".join(project.run("makemore", "sweep", "rate", "--json")))]
    assert [(each["variant"], each["dev"]["nll"]) for each in found["results"]] == [
        ("count", 2.1),
        ("count-smoothing-2", 2.2),
    ]
    project.add_make()
    made = project.run("make", "sweep", "NAME=rate", "SET=variants.count.smoothing=choice(1,2)", "JOBS=1")
    assert made[made.index("| variant | dev NLL | 95% interval | test NLL |") + 2 :][:2] == ROWS
    project.run("dvc", "exp", "apply", "rate")
    params = (project.root / "params.yaml").read_text(encoding="utf-8")
    assert params.startswith("# A comment\n"), "comments stay"
    assert "\n\n  count-smoothing-2:\n    <<: *count\n    smoothing: 2\nensembles:" in params
    assert project.run("makemore", "repro", "track")[-1].startswith("1 ran, "), "DVC finds its results up to date"


def test_ctrl_c_leaves_nothing_running_and_the_same_command_resumes(tiny: Callable[..., TinyNames]) -> None:
    project = tiny(count=1)
    process = start_endless(project)
    (second,) = sweep(project, "2", status=2)
    assert second == "error: another process runs the experiment 'rate' here; wait until it ends"
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate()
    assert process.returncode == 130
    assert output.splitlines()[-1] == "interrupted: the same command resumes"
    assert "stopped train@count-smoothing-8" in project.events
    assert in_clones(project) == []
    (project.root / "released").touch()
    again = sweep(project, "choice(2,8)", "--json")
    assert [line.split()[0] for line in again if "  ran in" in line and "train" in line] == ["train@count-smoothing-8"]
    assert project.events.count("start train@count-smoothing-2") <= 1


def test_what_a_killed_sweep_left_is_gone_when_it_starts_again(tiny: Callable[..., TinyNames]) -> None:
    project = tiny(count=1)
    killed = start_endless(project)
    killed.kill()
    killed.wait()
    left = in_clones(project)
    assert left
    sweep(project, "2")
    assert not any(process.is_running() for process in left)
    assert in_clones(project) == []


def test_killed_repro_is_one_line(tiny: Callable[..., TinyNames]) -> None:
    project = tiny(count=1)
    process = start_endless(project)
    (repro,) = [each for each in in_clones(project) if each.ppid() == process.pid]
    repro.kill()
    output, _ = process.communicate()
    assert process.returncode == 2
    assert output.splitlines()[-1] == "error: `makemore repro` was killed by signal 9; the same command resumes"
    assert in_clones(project) == []


def test_machines_share_what_they_computed(tiny: Callable[..., TinyNames], tmp_path: Path) -> None:
    """Another one runs and pushes other values; a sweep with all values then trains nothing."""
    project, origin = tiny(count=1), tmp_path / "origin.git"
    project.run("dvc", "remote", "add", "--quiet", "--default", "storage", str(tmp_path / "storage"))
    project.commit()
    project.run("git", "clone", "--quiet", "--bare", ".", str(origin))
    project.run("git", "remote", "add", "origin", str(origin))
    project.run("git", "clone", "--quiet", str(origin), str(tmp_path / "other"))
    other = TinyNames.__new__(TinyNames)
    other.root = tmp_path / "other"
    other.run("makemore", "sweep", "there", "--set", "variants.count.smoothing=choice(2,3)")
    other.run("dvc", "exp", "push", "origin", "there")
    other.run("dvc", "push", "--run-cache")
    project.run("dvc", "exp", "pull", "origin", "there")
    project.run("dvc", "pull", "--run-cache")
    before = project.events
    output = sweep(project, "choice(2,3)")
    assert len([line for line in output if line.startswith("| count")]) == 3
    assert not [event for event in project.events[len(before) :] if event.startswith("start train")]
