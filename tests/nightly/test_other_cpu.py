"""An emulated Haswell (2013, no AVX-512) computes the same bytes as this machine's CPU.

qemu's user mode runs the same Python and the same torch on an emulated processor. The libraries detect that processor
and choose their kernels for it.
"""

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from makemore.core.determinism import PORTABLE
from tests.conftest import ROOT

QEMU = shutil.which("qemu-x86_64")
pytestmark = pytest.mark.skipif(QEMU is None, reason="qemu-x86_64 (Debian package qemu-user) is not installed")


def train(cpu: str | None, *arguments: str) -> dict[str, Any]:
    """The output of other_cpu.py on the emulated `cpu`, or on this machine's own."""
    emulator = [str(QEMU), "-cpu", cpu] if cpu else []
    command = [*emulator, sys.executable, "-m", "tests.nightly.other_cpu", *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in PORTABLE}  # tests/conftest.py's
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_portable_mode_computes_the_same_bytes_on_another_cpu() -> None:
    here, found = train(None, "portable")["hashes"], train("Haswell", "portable")["hashes"]
    assert "gpt/model/blocks.0.mlp.widen.weight" in found
    assert "gpt/adamw/0/exp_avg_sq" in found
    assert "gpt-modern/muon/0/momentum_buffer" in found
    assert "gpt/names" in found
    assert found.keys() == here.keys()
    assert {name for name in found if found[name] != here[name]} == set()


def test_native_mode_computes_other_bytes_on_another_cpu() -> None:
    """Proves that the test above is able to fail. One variant is enough for that."""
    here = train(None, "native", "gpt")
    if here["capability"] != "AVX512":
        pytest.skip(f"this CPU ({here['capability']}) is so similar to the emulated one that native kernels agree")
    emulated = train("Haswell", "native", "gpt")["hashes"]
    assert [name for name in emulated if emulated[name] != here["hashes"][name] and name.startswith("gpt/model")]
