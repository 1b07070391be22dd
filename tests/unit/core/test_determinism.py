"""What torch is told before it computes. These tests have torch imported already."""

import os
from collections.abc import Iterator

import pytest
import torch

from makemore.arithmetic import functional
from makemore.core import determinism
from makemore.core.params import ComputeParams
from tests.conftest import PARAMS

COMPUTE = PARAMS.compute
NATIVE = {"arithmetic": "native", "device": "cuda"}


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    determinism.configure(COMPUTE)


def test_functions_compute_in_the_arithmetic_of_params() -> None:
    """To the last bit: a sum of float32 that torch makes has other bits than an exact one."""
    x, weight = torch.randn(2, 64, 64, generator=torch.Generator().manual_seed(0))
    determinism.configure(ComputeParams.model_validate(COMPUTE.model_dump() | {"arithmetic": "native"}))
    assert torch.equal(functional.linear(x, weight), torch.nn.functional.linear(x, weight))
    determinism.configure(COMPUTE)
    assert not torch.equal(functional.linear(x, weight), torch.nn.functional.linear(x, weight))


@pytest.mark.parametrize("bfloat16", [True, False])
def test_bfloat16_is_for_cuda_and_does_not_stay_on(bfloat16: bool) -> None:
    determinism.configure(COMPUTE.model_copy(update=NATIVE | {"bfloat16": True}))
    determinism.configure(COMPUTE.model_copy(update=NATIVE | {"bfloat16": bfloat16}))
    assert (torch.is_autocast_enabled("cuda"), torch.is_autocast_enabled("cpu")) == (bfloat16, False)


def test_kernels_that_depend_on_execution_order_are_refused() -> None:
    assert torch.get_deterministic_debug_mode() == 2


def test_variables_that_the_user_has_set_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    determinism.set_environment()
    found = {name: os.environ[name] for name in ("OMP_WAIT_POLICY", "CUBLAS_WORKSPACE_CONFIG")}
    assert found == {"OMP_WAIT_POLICY": "ACTIVE", "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
