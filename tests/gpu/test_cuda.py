"""In exact arithmetic a GPU computes the CPU's bytes; in native arithmetic its own, which are close."""

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
def trained(device: str, arithmetic: str, attempt: int = 0, processes: int = 1) -> dict[str, dict[str, Any]]:
    """What tests/gpu/trained.py prints; another `attempt` is another process."""
    torchrun = ["-m", "torch.distributed.run", f"--nproc-per-node={processes}"] if processes > 1 else []
    command = [sys.executable, *torchrun, "-m", "tests.gpu.trained", device, arithmetic]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


def test_exact_arithmetic_computes_the_bytes_of_the_cpu() -> None:
    found = trained("cuda", "exact")
    assert found == trained("cpu", "exact")
    assert len(set(found["hashes"].values())) == len(CASES)


@pytest.mark.parametrize("arithmetic", ["exact", "native"])
def test_two_processes_that_share_the_gpu_compute_the_bytes_of_one(arithmetic: str) -> None:
    assert trained("cuda", arithmetic, processes=2)["hashes"] == trained("cuda", arithmetic)["hashes"]


@pytest.mark.parametrize("arithmetic", ["native", "bfloat16"])
def test_two_runs_of_native_arithmetic_compute_the_same_bytes(arithmetic: str) -> None:
    first, second = trained("cuda", arithmetic), trained("cuda", arithmetic, attempt=1)
    assert first == second
    assert len(set(first["hashes"].values())) == len(CASES)


@pytest.mark.parametrize("arithmetic", ["native", "bfloat16"])
def test_losses_of_native_arithmetic_are_close_to_those_of_the_cpu(arithmetic: str) -> None:
    """Without dropout they would be closer: each device has its own random numbers."""
    found, expected = trained("cuda", arithmetic)["losses"], trained("cpu", "native")["losses"]
    assert found == pytest.approx(expected, rel=0.02)
    assert found != expected


def test_bfloat16_computes_other_bytes() -> None:
    single, half = trained("cuda", "native")["hashes"], trained("cuda", "bfloat16")["hashes"]
    assert [case for case in CASES if single[case] == half[case]] == []
