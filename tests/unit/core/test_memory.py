"""Freed memory is reused, and what does not fit into memory is one line."""

import os
import platform
import re
import subprocess
import sys

import pytest
import torch

from makemore.core.memory import machine_memory, out_of_memory
from stages import __main__ as stages_main

# Prints the pages that this process got from the system while it computes with 8 MB, again and again.
PAGES = """
import resource
import numpy as np
from makemore.core.memory import keep_freed_memory
keep_freed_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    np.arange(10**6).astype(np.float64)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc is not glibc's")
def test_freed_memory_is_reused() -> None:
    # Dask, in another test of this process, leaves MALLOC_TRIM_THRESHOLD_, with which glibc adapts no threshold.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    command = [sys.executable, "-c", PAGES]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 4_000, "without it, there are 26,000, if pages have 4 KB"


def test_the_memory_of_the_machine_is_known() -> None:
    assert 10**8 < machine_memory() < 10**14


def test_lack_of_memory_is_one_line() -> None:
    with pytest.raises(RuntimeError) as lacking:
        torch.empty(10**15)
    line = out_of_memory(lacking.value)
    assert line is not None
    assert re.fullmatch(r"out of memory \(4000000000000000 bytes at once\); this machine has .* GB: .*", line)
    assert (out_of_memory(MemoryError()) or "").startswith("out of memory; this machine has")
    assert out_of_memory(RuntimeError("something else")) is None


def test_a_stage_that_lacks_memory_ends_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stages_main, "_run", lambda *_: torch.empty(10**15))
    monkeypatch.setattr("sys.argv", ["stages", "train", "gpt"])
    assert stages_main.main() == 2
    line = r"error: train gpt: out of memory \(.* at once\); this machine has .*\n"
    assert re.fullmatch(line, capsys.readouterr().err)
