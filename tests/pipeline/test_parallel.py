"""`makemore repro` leaves what a serial `dvc repro` leaves, for any number of jobs, after failures and kills."""

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pipeline.tiny import Tiny

if sys.platform != "linux":
    pytest.skip("the tests look for processes in /proc", allow_module_level=True)

QUICK = {"b": "quick", "a": "quick"}


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Callable[..., Tiny]]:
    """Makes projects, and ends what runs in them after the test."""
    made = []

    def make(name: str = "project", **variants: str) -> Tiny:
        made.append(Tiny(tmp_path / name, variants))
        return made[-1]

    yield make
    for project in made:
        project.kill_all()


def simultaneous(events: list[str]) -> int:
    """The largest number of stages that ran at the same time."""
    running = most = 0
    for event in events:
        running += 1 if event.startswith("start") else -1
        most = max(most, running)
    return most


def test_same_lock_as_serially_for_any_number_of_jobs(tiny: Callable[..., Tiny]) -> None:
    """From no dvc.lock at all, and after a variant was added before the others."""
    commands = {"serial": ["dvc", "repro"]}
    commands |= {f"{jobs} jobs": ["makemore", "repro", "--jobs", str(jobs)] for jobs in (1, 2, 4)}
    locks = {}
    for case, command in commands.items():
        project = tiny(case.replace(" ", "-"), **QUICK)
        project.run(*command)
        locks[case] = [project.lock]
        project.set_variants({"new": "quick"} | QUICK)
        project.run(*command)
        locks[case].append(project.lock)
        if case != "serial":
            assert 1 <= simultaneous(project.events) <= int(case[0])
            ran = [line for line in project.run("dvc", "repro") if line.startswith("Running stage")]
            assert ran == ["Running stage 'track':"]
    assert {case: found == locks["serial"] for case, found in locks.items()} == dict.fromkeys(locks, True)


def test_only_what_changed_runs_and_each_stage_has_a_line(tiny: Callable[..., Tiny]) -> None:
    project = tiny(**QUICK)
    project.run("makemore", "repro")
    first = project.run("makemore", "repro", "--jobs", "3")
    assert first[0] == "1 of 9 stages may have to run, 3 at a time (their output: .dvc/tmp/repro)"
    assert [line.split()[:2] for line in first[1:-1]] == [["track", "ran"]]
    assert first[-1].startswith("1 ran, 8 unchanged; ")
    (project.root / "stage.sh").write_text((project.root / "stage.sh").read_text() + "# edited\n", encoding="utf-8")
    second = project.run("makemore", "repro")
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in second[1:-1]}
    ran = {stage for stage, line in lines.items() if line.startswith("ran in")}
    assert ran == {"train@a", "train@b", "track"}
    assert lines["evaluate@a"] == "unchanged", "the model is the same"
    (project.root / "models/a.txt").unlink()
    third = project.run("makemore", "repro", "train@a")
    assert third[1].split(maxsplit=1)[1].startswith("restored from cache")


def test_failure_ends_the_run_with_the_error_of_the_stage(tiny: Callable[..., Tiny]) -> None:
    project = tiny(a="fail", b="endless", c="quick")
    output = project.run("makemore", "repro", "--jobs", "2", status=2)
    assert output[-1] == "error: train@a: no such luck"
    assert sum("no such luck" in line for line in output) == 1
    assert not project.processes()
    assert "start report" not in project.events
    assert project.events.count("stopped train@b") == project.events.count("start train@b")
    project.set_variants({"a": "crash"})
    output = project.run("makemore", "repro", status=2)
    assert output[-1].startswith("error: train@a failed: failed to run: sh stage.sh train@a")
    # A shell that replaces itself with its last command ends with the signal, any other one with 128 + 9.
    assert re.search(r"exited with (-9|137) \(its output: \.dvc/tmp/repro/train@a\.log\)$", output[-1])


def test_others_keep_going_after_a_failure(tiny: Callable[..., Tiny]) -> None:
    project = tiny(a="fail", b="quick", c="crash")
    output = project.run("makemore", "repro", "--keep-going", status=2)
    assert {"end train@b", "end evaluate@b", "end sample@b"} <= {*project.events}
    assert not [event for event in project.events if event.endswith(("evaluate@a", "evaluate@c", "report"))]
    assert output[-3].startswith("2 failed, 6 not started, 4 ran; ")
    first, second = sorted(output[-2:])
    assert first == "error: train@a: train@a: no such luck"
    assert second.startswith("error: train@c: train@c failed: failed to run: ")


def test_warnings_of_a_stage_are_shown(tiny: Callable[..., Tiny]) -> None:
    project = tiny(a="warn")
    assert "train@a: warning: odd" in project.run("makemore", "repro")


def test_cut_dvc_lock_is_one_line_and_costs_no_training(tiny: Callable[..., Tiny]) -> None:
    project = tiny(a="quick")
    project.run("makemore", "repro")
    whole, path = project.lock, project.root / "dvc.lock"
    for length in (0, 10, len(whole) // 2, whole.index("md5: ", 200) + 7, len(whole) - 1):
        path.write_text(whole[:length], encoding="utf-8")
        (line,) = project.run("makemore", "repro", status=2)
        assert line.startswith(
            "error: dvc.lock: not as DVC writes it, perhaps because DVC was killed; restore it with "
        )
    path.unlink()
    project.run("makemore", "repro")
    assert project.events.count("start train@a") == 1, "DVC's run cache has it"
    assert project.lock == whole


@pytest.mark.parametrize("content", ["", '{"read": {"/a": [{"pid"', "[]"])
def test_cut_rwlock_is_deleted(tiny: Callable[..., Tiny], content: str) -> None:
    project = tiny(a="quick")
    (project.root / ".dvc/tmp/rwlock").write_text(content, encoding="utf-8")
    assert "6 ran; " in project.run("makemore", "repro")[-1]


def test_ctrl_c_stops_every_stage_once_and_the_same_command_goes_on(tiny: Callable[..., Tiny]) -> None:
    project = tiny(b="endless", a="endless")
    process = project.start("makemore", "repro", "--jobs", "2")
    project.wait_for("start train@a", "start train@b")
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate()
    assert process.returncode == 130
    assert output.splitlines()[-1] == "interrupted: run the same command again to resume"
    assert sorted(event for event in project.events if "stopped" in event) == ["stopped train@a", "stopped train@b"]
    assert not project.processes()
    serial = tiny("serial", **QUICK)
    for each in (project, serial):
        each.set_variants(QUICK)
    serial.run("dvc", "repro")
    project.run("makemore", "repro")
    assert project.lock == serial.lock


def test_second_ctrl_c_kills(tiny: Callable[..., Tiny]) -> None:
    project = tiny(a="deaf")
    process = project.start("makemore", "repro")
    project.wait_for("start train@a")
    process.send_signal(signal.SIGINT)
    with pytest.raises(Exception, match="timed out"):
        process.communicate(timeout=1.0)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert not project.processes()


def test_killed_process_of_dvc_takes_its_stage_along(tiny: Callable[..., Tiny]) -> None:
    project = tiny(a="endless")
    process = project.start("makemore", "repro")
    project.wait_for("start train@a")
    (runner,) = (pid for pid, line in project.processes().items() if "makemore" in line and pid != process.pid)
    os.kill(runner, signal.SIGKILL)
    output, _ = process.communicate()
    assert process.returncode == 2
    assert output.splitlines()[-1] == "error: train@a failed: its DVC process was killed by signal 9; run it again"
    project.wait_for("stopped train@a")


def test_second_command_waits_for_the_first(tiny: Callable[..., Tiny]) -> None:
    project = tiny(a="slow")
    first = project.start("makemore", "repro")
    project.wait_for("start train@a")
    second = project.run("makemore", "repro")
    first.communicate()
    assert first.returncode == 0
    assert second[0] == "waiting for another `makemore repro` in this folder"
    assert project.events.count("start train@a") == 1


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("dvc.yaml", None, "there is no dvc.yaml with a folder .dvc here; run this in the root of the repository"),
        ("dvc.yaml", "stages: 1\n", "dvc: './dvc.yaml' validation failed"),
        ("dvc.yaml", "stages: [\n", "dvc: unable to read: 'dvc.yaml', YAML file structure is corrupted"),
        ("params.yaml", "{}", "dvc: failed to parse 'stages.train.foreach' in 'dvc.yaml': Could not find 'variants'"),
        ("names.txt", None, "prepare failed: [Errno 2] No such file or directory: "),
    ],
)
def test_problem_with_the_project_is_one_line(
    tiny: Callable[..., Tiny], file: str, content: str | None, message: str
) -> None:
    project = tiny(a="quick")
    if content is None:
        (project.root / file).unlink()
    else:
        (project.root / file).write_text(content, encoding="utf-8")
    output = project.run("makemore", "repro", status=2)
    assert output[-1].startswith(f"error: {message}")
    assert not [line for line in output if "Traceback" in line]
