"""What only several processes can show: kills, locks, and what a command imports."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

from makemore.core.files import write_bytes
from makemore.tracking.live.reader import remove_journal
from makemore.training import journal as journals
from makemore.training.checkpoint import open_checkpoint
from makemore.training.journal import streamed_journal
from tests.conftest import ROOT

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def run_python(code: str, cwd: Path = ROOT) -> str:
    """The standard output of a new Python process; fails if its status is not 0."""
    return subprocess.check_output([sys.executable, "-c", code], cwd=cwd, env=ENVIRONMENT, text=True)


@contextmanager
def stopped_before_the_rename(path: Path, content: bytes) -> Iterator[Path]:
    """A process that has written `content` and would now rename it to `path`. In the end it is killed with SIGKILL.

    The value is its temporary file.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:

        def wait(*_: object) -> None:
            os.write(writing, b"x")
            signal.pause()

        try:
            with mock.patch.object(Path, "replace", wait):
                write_bytes(path, content)
        finally:
            os._exit(1)
    try:
        assert os.read(reading, 1) == b"x"
        yield path.with_name(f".{path.name}.{child}.tmp")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_kill_between_write_and_rename_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_bytes(path, b"old")
    with stopped_before_the_rename(path, b"new") as temporary:
        assert temporary.read_bytes() == b"new"
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"old"
    assert sorted(tmp_path.iterdir()) == sorted([path, temporary])
    write_bytes(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert list(tmp_path.iterdir()) == [path], "the next write removes what a dead process left"


def test_temporary_file_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    with stopped_before_the_rename(path, b"theirs") as temporary:
        write_bytes(path, b"ours")
        assert temporary.read_bytes() == b"theirs"
        assert path.read_bytes() == b"ours"
        assert sorted(tmp_path.iterdir()) == sorted([path, temporary])


def test_one_process_at_a_time_trains_a_variant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # holds the lock until it is killed
        with open_checkpoint("gpt", "0" * 64):
            os.write(writing, b"x")
            signal.pause()
    os.read(reading, 1)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    with open_checkpoint("gpt", "1" * 64):
        os.waitpid(child, 0)
    assert "gpt: waiting for another process that trains it in this folder" in capfd.readouterr().err


def test_journal_is_that_of_a_running_training_as_long_as_its_process_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.setattr(journals, "SECONDS_BEFORE_STREAMING", 1e6)
    monkeypatch.setattr(journals.Carrier, "_start", lambda self: None)
    with streamed_journal("gpt", "k", {"variant": "gpt", "model": "gpt"}, "makemore") as journal:
        argument = f"Path({str(journal.path)!r})"
        code = f"from makemore.tracking.live.reader import *; print(read_journal({argument}).status)"
        assert run_python(code, cwd=tmp_path) == "RUNNING\n"
        run_python(f"from makemore.tracking.live.reader import *; remove_journal({argument})", cwd=tmp_path)
        assert journal.path.exists(), "another process does not remove it while it is being written"
    remove_journal(journal.path)
    assert not journal.path.exists()


def test_training_imports_no_mlflow() -> None:
    run_python("import sys, stages.train; sys.exit(any(name.split('.')[0] == 'mlflow' for name in sys.modules))")


@pytest.mark.parametrize("module", ["makemore.core.params", "makemore.core.determinism", "makemore.cli"])
def test_reading_parameters_imports_no_torch(module: str) -> None:
    run_python(f"import sys, {module}; sys.exit('torch' in sys.modules)")


@pytest.mark.parametrize("module", ["carrier", "delivery"])
def test_the_carrier_imports_no_torch(module: str) -> None:
    run_python(f"import sys, makemore.tracking.live.{module}; sys.exit('torch' in sys.modules)")
