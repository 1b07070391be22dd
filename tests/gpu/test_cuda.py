"""One GPU model and one build of torch compute the same bytes, which are close to those of the CPU."""

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
def trained(precision: str, attempt: int = 0, processes: int = 1) -> dict[str, dict[str, Any]]:
    """What tests/gpu/trained.py prints; another `attempt` is another process."""
    torchrun = ["-m", "torch.distributed.run", f"--nproc-per-node={processes}"] if processes > 1 else []
    command = [sys.executable, *torchrun, "-m", "tests.gpu.trained", precision]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_two_runs_compute_the_same_bytes(precision: str) -> None:
    first, second = trained(precision), trained(precision, attempt=1)
    assert first == second
    assert len(set(first["hashes"].values())) == len(CASES)


def test_two_processes_that_share_the_gpu_compute_the_bytes_of_one() -> None:
    assert trained("float32", processes=2)["hashes"] == trained("float32")["hashes"]


def test_losses_are_close_to_those_of_the_cpu() -> None:
    """Without dropout they would be closer: each device has its own random numbers."""
    for precision in ("float32", "bfloat16"):
        found = trained(precision)
        assert found["cuda"] == pytest.approx(found["cpu"], rel=0.02)
        assert found["cuda"] != found["cpu"]


def test_bfloat16_computes_other_bytes() -> None:
    exact, rounded = trained("float32")["hashes"], trained("bfloat16")["hashes"]
    assert [case for case in CASES if exact[case] == rounded[case]] == []
