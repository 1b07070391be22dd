"""Where the gradient loop trains."""

import pytest
import torch

from makemore.core.device import CPU, device_memory, device_name, training_device
from makemore.core.errors import UserError
from makemore.core.memory import machine_memory, out_of_memory
from makemore.core.params import ComputeParams, parse_section
from tests.conftest import PARAMS


def compute(**changes: object) -> ComputeParams:
    return parse_section(ComputeParams, PARAMS.compute.model_dump() | changes, "params.yaml")


def test_the_cpu_is_the_default() -> None:
    device = training_device(PARAMS.compute)
    assert device == CPU
    assert device_name(device) == "cpu"
    assert device_memory(device) == machine_memory()


def test_without_a_gpu_cuda_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=r"^params\.yaml: compute\.device: is cuda, but torch finds no CUDA GPU here; "):
        training_device(compute(device="cuda"))


def test_processes_take_turns_with_the_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    indices = []
    for rank in ("0", "1", "2"):
        monkeypatch.setenv("LOCAL_RANK", rank)
        indices.append(training_device(compute(device="cuda")).index)
    assert indices == [0, 1, 0]


def test_bfloat16_needs_a_gpu_and_native_arithmetic() -> None:
    assert compute(device="cuda", arithmetic="native", bfloat16=True).bfloat16
    for changes in ({"device": "cuda"}, {"arithmetic": "native"}):
        with pytest.raises(UserError, match=r"bfloat16: needs device: cuda and arithmetic: native, not True$"):
            compute(bfloat16=True, **changes)


def test_keys_of_older_commits_are_ignored() -> None:
    """So that results of such a commit can be compared with those of today."""
    assert compute(determinism="portable", threads=1, torch="2.13.0") == PARAMS.compute


def test_a_gpu_without_free_memory_is_one_line() -> None:
    message = (
        "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79 GiB of which 3 MiB is free."
    )
    assert out_of_memory(RuntimeError(message)) == (
        "out of memory of the GPU (20.00 MiB at once); use smaller sizes, or free some"
    )
