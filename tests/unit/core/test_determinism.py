"""The environment that torch computes in, and the two errors. These tests have torch imported already."""

import os
import sys

import pytest
import torch

from makemore.core import determinism
from makemore.core.errors import UserError
from tests.conftest import PARAMS

COMPUTE = PARAMS.compute


def test_starting_after_torch_was_imported_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in determinism.PORTABLE:
        monkeypatch.delenv(name)
    with pytest.raises(UserError, match=r"torch was imported too early; call makemore\.core\.determinism\.start"):
        determinism.start(COMPUTE)
    assert not determinism.PORTABLE.keys() & os.environ.keys(), "it is too late to change the environment"


def test_another_version_of_torch_is_an_error() -> None:
    installed = torch.__version__.split("+")[0]
    with pytest.raises(UserError) as error:
        determinism.configure_torch(COMPUTE.model_copy(update={"torch": "1.0.0"}))
    assert str(error.value) == (
        f"params.yaml: compute.torch: is 1.0.0, but torch {installed} is installed; install requirements.lock, "
        f"or set compute.torch to {installed} to get your own results"
    )


@pytest.mark.parametrize("build", ["", "+cpu", "+cu130"])
def test_any_build_of_the_right_version_will_do(monkeypatch: pytest.MonkeyPatch, build: str) -> None:
    monkeypatch.setattr(torch, "__version__", COMPUTE.torch + build)
    determinism.configure_torch(COMPUTE)


@pytest.mark.parametrize(("mode", "expected"), [("portable", determinism.PORTABLE), ("native", {})])
def test_only_portable_mode_sets_the_environment(
    monkeypatch: pytest.MonkeyPatch, mode: str, expected: dict[str, str]
) -> None:
    for name in determinism.PORTABLE:
        monkeypatch.delenv(name)
    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setattr(determinism, "configure_torch", lambda _: None)  # it would import torch a second time
    determinism.start(COMPUTE.model_copy(update={"determinism": mode}))
    assert {name: value for name, value in os.environ.items() if name in determinism.PORTABLE} == expected


def test_ensure_configures_a_torch_that_is_there_already(monkeypatch: pytest.MonkeyPatch) -> None:
    configured: list[object] = []
    monkeypatch.setattr(determinism, "configure_torch", configured.append)
    determinism.ensure(COMPUTE)
    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.delenv("MKL_CBWR")
    determinism.ensure(COMPUTE)
    assert configured == [COMPUTE, COMPUTE]
    assert os.environ["MKL_CBWR"] == "COMPATIBLE", "without torch, the environment is set first"


def test_number_of_threads_is_that_of_params() -> None:
    try:
        determinism.configure_torch(COMPUTE.model_copy(update={"threads": 2}))
        assert torch.get_num_threads() == 2
    finally:
        determinism.configure_torch(COMPUTE)
    assert torch.get_num_threads() == COMPUTE.threads


def test_kernels_that_depend_on_execution_order_are_refused() -> None:
    assert torch.get_deterministic_debug_mode() == 2
