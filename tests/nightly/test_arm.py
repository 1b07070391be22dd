"""An ARM CPU, another version of torch, other kernels and more threads compute the same bytes as this machine.

TORCH_PYTHON is the Python of an environment with another version of torch.
"""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.arm.machines import check_same, computed, emulated_python

# MKL_CBWR: MKL's kernels for any CPU; ATEN_...: those of torch.
OTHER_KERNELS = {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE", "OMP_NUM_THREADS": "2"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What this machine computes, with one thread."""
    found = computed(tmp_path_factory.mktemp("here") / "project", sys.executable, OMP_NUM_THREADS="1")
    assert found["threads"] == 1
    assert found["hashes"].keys() >= {
        "gpt/initial/blocks.0.mlp.widen.weight",
        "gpt/grad/blocks.0.mlp.widen.weight",
        "gpt/adamw/matrices/second",
        "artifacts/models/lstm/weights.safetensors",
        "artifacts/losses/gpt-modern.safetensors",
        "reports/metrics/count.json",
        "reports/samples/gpt.txt",
        "reports/report.html",
    }
    return found


def test_two_threads_compute_the_same_bytes(here: dict[str, Any], tmp_path: Path) -> None:
    found = computed(tmp_path / "project", sys.executable, OMP_NUM_THREADS="2")
    assert found["threads"] == 2
    check_same(here, found)


def test_other_kernels_compute_the_same_bytes(here: dict[str, Any], tmp_path: Path) -> None:
    """What torch and MKL use on a CPU without AVX."""
    found = computed(tmp_path / "project", sys.executable, **OTHER_KERNELS)
    assert found["kernels"] == "DEFAULT"
    check_same(here, found)


def test_another_version_of_torch_computes_the_same_bytes(here: dict[str, Any], tmp_path: Path) -> None:
    python = os.environ.get("TORCH_PYTHON")
    if not python:
        pytest.skip("TORCH_PYTHON is not set to the Python of an environment with another version of torch")
    found = computed(tmp_path / "project", python)
    assert found["torch"] != here["torch"]
    check_same(here, found)


def test_arm_computes_the_same_bytes(here: dict[str, Any], tmp_path: Path) -> None:
    found = computed(tmp_path / "project", emulated_python(), OMP_NUM_THREADS="2")
    assert found["machine"] == "aarch64"
    assert found["torch"] != here["torch"]
    check_same(here, found)


def test_native_arithmetic_computes_other_bytes_with_other_kernels(tmp_path: Path) -> None:
    """Proves that the tests above are able to fail."""
    first, second = (
        computed(tmp_path / str(number), sys.executable, "native", **environment)["hashes"]
        for number, environment in enumerate(({"OMP_NUM_THREADS": "1"}, OTHER_KERNELS))
    )
    assert [name for name in first if first[name] != second[name] and name.startswith("gpt/model")]
