"""What a command does when it starts warm is what the real program does."""

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from makemore.commands import child_environment
from tests.tracking.server import wait_for
from tests.warm import warm

CODE = """
import os, signal, sys
imported = "makemore" in sys.modules
import torch
said = imported, torch.get_num_threads(), os.getcwd(), sys.argv[1:], os.environ["MINE"]
print(*said, file=sys.stderr)
if sys.argv[1] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "wait":
    print(os.getpid(), flush=True)
    signal.pause()
sys.exit({"text": "a message", "error": 7, "none": None}[sys.argv[1]])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a package `stages`, which the server runs."""
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages/__init__.py").touch()
    (tmp_path / "stages/__main__.py").write_text(CODE, encoding="utf-8")
    return tmp_path


def start(folder: Path, *arguments: str, is_warm: bool = True) -> "subprocess.Popen[str]":
    environment = child_environment(MINE="x", OMP_NUM_THREADS="1")
    return subprocess.Popen(
        ["python", *arguments],
        cwd=folder,
        env=warm(environment) if is_warm else environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("case", ["text", "error", "none", "kill", "unknown"])
def test_streams_and_status_are_those_of_the_real_program(folder: Path, case: str) -> None:
    ours, real = (start(folder, "-m", "stages", case, is_warm=is_warm) for is_warm in (True, False))
    (_, said), (_, expected) = ours.communicate(), real.communicate()
    assert ours.returncode == real.returncode
    assert said.splitlines()[0] == expected.splitlines()[0]
    assert said.splitlines()[-1] == expected.splitlines()[-1]
    assert said.startswith("False 1 ")


def test_other_programs_are_real(folder: Path) -> None:
    output, _ = start(folder, "-c", "import sys; print('numpy' in sys.modules, sys.argv)", "x").communicate()
    assert output == "False ['-c', 'x']\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_signal_reaches_the_child(folder: Path, number: signal.Signals) -> None:
    process = start(folder, "-m", "stages", "wait")
    assert process.stdout is not None
    child = int(process.stdout.readline())
    assert child != process.pid
    os.killpg(process.pid, number)
    assert process.wait() == -number
    wait_for(lambda: not psutil.pid_exists(child))
