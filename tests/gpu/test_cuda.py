"""Exact arithmetic computes the CPU's bytes on a GPU; native arithmetic its own, each time, and close to those."""

import json
import subprocess
import sys
from functools import cache
from typing import Any

import pytest
import torch

from tests.conftest import ROOT
from tests.distributed.hashes import CASES

if not torch.cuda.is_available():
    pytest.skip("there is no CUDA GPU", allow_module_level=True)


@cache
def trained(mode: str, attempt: int = 0, processes: int = 1) -> dict[str, dict[str, Any]]:
    """What tests/gpu/trained.py prints; another `attempt` is another process."""
    torchrun = ["-m", "torch.distributed.run", f"--nproc-per-node={processes}"] if processes > 1 else []
    command = [sys.executable, *torchrun, "-m", "tests.gpu.trained", mode]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


def test_exact_arithmetic_computes_the_bytes_of_the_cpu() -> None:
    found = trained("exact")
    assert found["hashes"] == found["cpu_hashes"]
    assert len(set(found["hashes"].values())) == len(CASES)
    assert found["cuda"] == found["cpu"], "and so does evaluation"


def test_two_processes_that_share_the_gpu_compute_the_bytes_of_one() -> None:
    assert trained("exact", processes=2)["hashes"] == trained("exact")["hashes"]


@pytest.mark.parametrize("mode", ["native", "bfloat16"])
def test_two_native_runs_compute_the_same_bytes(mode: str) -> None:
    assert trained(mode) == trained(mode, attempt=1)


def test_native_losses_are_close_to_those_of_the_cpu() -> None:
    """Without dropout they would be closer: each device has its own random numbers."""
    for mode in ("native", "bfloat16"):
        found = trained(mode)
        assert found["cuda"] == pytest.approx(found["cpu"], rel=0.02)
        assert found["cuda"] != found["cpu"]


def test_bfloat16_computes_other_bytes() -> None:
    native, rounded = trained("native")["hashes"], trained("bfloat16")["hashes"]
    assert [case for case in CASES if native[case] == rounded[case]] == []
