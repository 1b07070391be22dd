"""Processes that end early or cannot start: one line says why, and any number of processes can resume."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT
from tests.distributed.training import Training, ranks
from tests.tracking.server import free_port


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The hash of what one process computes without interruption."""
    return Training(tmp_path_factory.mktemp("alone")).run()


def output_of(process: "subprocess.Popen[str]") -> str:
    """What the process prints until it ends, without the warnings about MLflow."""
    output, _ = process.communicate(timeout=60)
    return "".join(line for line in output.splitlines(keepends=True) if not line.startswith("warning: "))


def test_killed_process_ends_the_others_and_four_resume(tmp_path: Path, expected: str) -> None:
    training = Training(tmp_path)
    process = training.start("--nproc-per-node=2")
    training.wait_for_points(2)
    ranks(process)[1].kill()
    output = output_of(process)
    assert process.returncode == 130
    # torchrun may stop the leader before it notices that the connection is lost. Then it says how far it got, first.
    said = re.sub(
        r"^interrupted: gpt: stopped after step \d+ of 240; the same command resumes from there\n", "", output
    )
    assert said == "interrupted: gpt: process 1 was killed (SIGKILL); the same command resumes\n"
    assert training.saved_checkpoint(), "the leader saved its state when it lost the connection"
    assert training.run("--nproc-per-node=4") == expected


def test_killed_launcher_leaves_no_process_and_one_resumes(tmp_path: Path, expected: str) -> None:
    training = Training(tmp_path)
    process = training.start("--nproc-per-node=2")
    training.wait_for_points(2)
    started = ranks(process)
    process.kill()
    process.communicate()
    assert psutil.wait_procs(started, timeout=30)[1] == []
    assert training.saved_checkpoint()
    assert training.run() == expected


REPORT_THREADS = """
import atexit, os, pathlib
if "RANK" in os.environ and "TORCHELASTIC_RUN_ID" in os.environ:
    names = lambda: [path.read_text().strip() for path in pathlib.Path("/proc/self/task").glob("*/comm")]
    atexit.register(lambda: print(f"threads of {os.environ['RANK']}: {' '.join(sorted(names()))}"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads have names in /proc")
def test_threads_of_the_group_end_before_python_does(tmp_path: Path) -> None:
    """They need Python's lock to free tensors, and abort the process if Python is ending."""
    (tmp_path / "sitecustomize.py").write_text(REPORT_THREADS)  # Python runs it when it starts
    training = Training(tmp_path, steps=8, eval_every=4)
    process = training.start("--nproc-per-node=2", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    output = output_of(process)
    assert process.returncode == 0, output
    lines = [line for line in output.splitlines() if line.startswith("threads of ")]
    assert len(lines) >= 2
    assert [line for line in lines if "gloo" in line] == []


def test_ctrl_c_says_how_far_the_training_got(tmp_path: Path) -> None:
    training = Training(tmp_path)
    process = training.start("--nproc-per-node=2")
    training.wait_for_points(2)
    process.send_signal(signal.SIGINT)
    output = output_of(process)
    assert process.returncode == 130
    assert output.startswith("interrupted: gpt: stopped after step ")
    assert output.endswith("the same command resumes from there\n")
    assert output.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("--processes=2", "unrecognized arguments: --processes=2; `torchrun --help` lists the options"),
        ("--nproc-per-node=many", "Unsupported nproc_per_node value: many; `torchrun --help` lists the options"),
    ],
)
def test_bad_options_are_an_error_of_one_line(tmp_path: Path, options: str, problem: str) -> None:
    process = Training(tmp_path).start(options)
    output = output_of(process)
    assert process.returncode == 2
    assert output == f"error: MAKEMORE_TORCHRUN: {problem}\n"


def test_error_of_the_training_is_printed_once(tmp_path: Path) -> None:
    process = Training(tmp_path, lr=1e30).start("--nproc-per-node=2")
    output = output_of(process)
    assert process.returncode == 2
    assert output.startswith("error: the loss became ")
    assert output.count("\n") == 1


def test_hosts_with_different_parameters_do_not_train_together(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = Training(tmp_path / "a"), Training(tmp_path / "b", lr=0.5)
    options = f"--nnodes=2 --master-addr=127.0.0.1 --master-port={free_port()} --node-rank="
    processes = [training.start(f"{options}{rank}") for rank, training in enumerate((one, other))]
    outputs = [output_of(process) for process in processes]
    assert [process.returncode for process in processes] == [2, 2]
    assert outputs[0].startswith("error: code, parameters, corpus or torch on ")
    assert outputs[0].count("\n") == 1
    assert outputs[1] == ""
