"""Another CPU computes the same bytes: this machine's own against an emulated Haswell (2013, no AVX-512).

qemu's user mode runs the same Python and the same torch on an emulated processor; the libraries see that processor, and
choose their kernels for it.
"""

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from makemore.determinism import PORTABLE
from tests.conftest import ROOT

QEMU = shutil.which("qemu-x86_64")
pytestmark = pytest.mark.skipif(QEMU is None, reason="qemu-x86_64 (Debian package qemu-user) is not installed")


def train(mode: str, cpu: str | None) -> dict[str, Any]:
    """What tests/other_cpu.py finds, on the emulated `cpu` or on this machine's."""
    emulator = [str(QEMU), "-cpu", cpu] if cpu else []
    command = [*emulator, sys.executable, "-m", "tests.other_cpu", mode]
    environment = {name: value for name, value in os.environ.items() if name not in PORTABLE}  # conftest.py set them
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def portable() -> dict[str, Any]:
    return train("portable", None)


def test_portable_mode_gives_the_same_bytes(portable: dict[str, Any]) -> None:
    found = train("portable", "Haswell")["hashes"]
    assert "gpt/model/blocks.0.mlp.widen.weight" in found
    assert "gpt/adamw/0/exp_avg_sq" in found
    assert "gpt-modern/muon/0/momentum_buffer" in found
    assert "gpt/names" in found
    assert {name for name in found if found[name] != portable["hashes"][name]} == set()


def test_without_the_settings_the_bytes_differ(portable: dict[str, Any]) -> None:
    """So that the test above can fail."""
    here = train("native", None)
    assert here["hashes"].keys() == portable["hashes"].keys()
    if here["capability"] != "AVX512":
        pytest.skip(f"this CPU ({here['capability']}) is too like the emulated one for native kernels to differ")
    emulated = train("native", "Haswell")["hashes"]
    assert [name for name in emulated if emulated[name] != here["hashes"][name] and name.startswith("gpt/model")]
