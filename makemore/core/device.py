"""The device that the gradient loop trains on: `compute.device`. Everything else runs on the CPU."""

import os

import torch

from makemore.core.errors import UserError
from makemore.core.memory import machine_memory
from makemore.core.params import ComputeParams

CPU = torch.device("cpu")


def training_device(compute: ComputeParams) -> torch.device:
    """The device that `compute` names. Raises UserError if this machine does not have it."""
    if compute.device == "cuda" and not torch.cuda.is_available():
        raise UserError(
            "params.yaml: compute.device: is cuda, but torch finds no CUDA GPU here; "
            "set it to cpu, or install a driver and a CUDA build of torch"
        )
    if compute.device == "cpu":
        return CPU
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())  # set by torchrun


def device_name(device: torch.device) -> str:
    """The model of the GPU, which its bytes depend on. All CPUs compute the same, so a CPU is only "cpu"."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def device_memory(device: torch.device) -> int:
    """The bytes of memory that training on `device` can use at most."""
    return torch.cuda.mem_get_info(device)[1] if device.type == "cuda" else machine_memory()
