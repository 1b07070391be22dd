"""How a command ends: a line for each problem, a status, and never a traceback."""

import subprocess
import sys

import pytest

from makemore.core.errors import first_line
from tests.conftest import ROOT


def end(code: str, *, stdout: str = "pipe") -> tuple[int, str]:
    """The exit status and stderr of a command that executes `code`; `stdout` is read, closed, or full."""
    program = f"import sys\nfrom makemore.core.errors import *\ndef work():\n    {code}\n    return 0\n"
    out = open(stdout, "wb") if stdout.startswith("/") else subprocess.PIPE  # noqa: SIM115, PTH123
    process = subprocess.Popen(
        [sys.executable, "-c", f"{program}sys.exit(exit_status(work))"],
        cwd=ROOT,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
    )
    if process.stdout:
        process.stdout.close()  # like `| head` that has read enough
    assert process.stderr is not None
    errors = process.stderr.read()
    return process.wait(), errors


@pytest.mark.parametrize("lines", [1, 100_000])
def test_reader_that_went_away_is_no_error(lines: int) -> None:
    assert end(f"import time; time.sleep(0.5); print('anna\\n' * {lines})") == (141, "")


def test_first_line_of_a_library_error() -> None:
    assert first_line(ValueError("bad value\nTraceback")) == "bad value"
    assert first_line(KeyError("column")) == "column"
    assert first_line(ValueError("not 'x'")) == "not 'x'"
    assert first_line(RuntimeError()) == "RuntimeError"


def test_full_disk_behind_the_output_is_one_line() -> None:
    assert end("print('anna')", stdout="/dev/full") == (2, "error: output: No space left on device\n")


@pytest.mark.parametrize(
    ("code", "status", "line"),
    [
        ("pass", 0, ""),
        ("raise UserError('a\\nb')", 2, "error: a\nerror: b\n"),
        ("raise Interrupted('stopped')", 130, "interrupted: stopped\n"),
        ("raise KeyboardInterrupt", 130, "interrupted: run the same command again to resume\n"),
        ("open('/no/file')", 2, "error: /no/file: No such file or directory\n"),
    ],
)
def test_exceptions_are_lines(code: str, status: int, line: str) -> None:
    assert end(code) == (status, line)
