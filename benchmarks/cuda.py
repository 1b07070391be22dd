"""A training step on the CPU and on a CUDA GPU, in native arithmetic also in bfloat16, for GPTs of growing size.

A step of the largest GPT would take the CPU minutes, and is left out.
"""

import functools
from typing import Any

import torch

from benchmarks.harness import all_train, gpt_config, medians, read_names, table
from makemore.core.device import CPU, device_name, training_device
from makemore.core.params import Params
from makemore.training.loop import Loop

STEPS = 3
LARGEST = "1,024 wide, 8 layers, 4,096 names"
SIZES: dict[str, dict[str, Any]] = {
    "the default": {},
    "128 wide, 512 names": {"n_embd": 128, "batch_size": 512},
    "256 wide, 6 layers, 512 names": {"n_embd": 256, "n_layer": 6, "batch_size": 512},
    LARGEST: {"n_embd": 1024, "n_layer": 8, "n_head": 8, "batch_size": 4096},
}
CPU_CASE, GPU_CASE, BFLOAT16_CASE = "CPU", "GPU", "GPU, bfloat16"


def main(params: Params) -> None:
    if not torch.cuda.is_available():
        print("cuda: skipped, because torch finds no CUDA GPU")
        return
    gpu = training_device(params.compute.model_copy(update={"device": "cuda"}))
    names, title = read_names()
    corpus = all_train(names)
    threads = f"CPU threads: {torch.get_num_threads()}"
    rows = []
    for size, changes in SIZES.items():
        config = gpt_config(params, **changes)
        devices = {GPU_CASE: gpu}
        if params.compute.arithmetic == "native":
            devices[BFLOAT16_CASE] = gpu
        if size != LARGEST:
            devices[CPU_CASE] = CPU
        steps = {
            case: functools.partial(take_steps, Loop.start(corpus, config, device=device), case == BFLOAT16_CASE)
            for case, device in devices.items()
        }
        rows.append([size, *row(medians(steps, rounds=3))])
    table(
        f"One step of `gpt` in ms ({params.compute.arithmetic} arithmetic; {title}; {device_name(gpu)}; {threads})",
        ("", CPU_CASE, GPU_CASE, "times as fast", BFLOAT16_CASE, "times as fast as float32"),
        rows,
    )


def row(seconds: dict[str, float]) -> list[str]:
    """The cells of a row: milliseconds per step, and their ratios."""
    ms = {case: 1000 * value / STEPS for case, value in seconds.items()}
    gpu = ms[GPU_CASE]
    cpu, ratio = (f"{ms[CPU_CASE]:.1f}", f"{ms[CPU_CASE] / gpu:.1f}") if CPU_CASE in ms else ("", "")
    half, faster = (f"{ms[BFLOAT16_CASE]:.1f}", f"{gpu / ms[BFLOAT16_CASE]:.2f}") if BFLOAT16_CASE in ms else ("", "")
    return [cpu, f"{gpu:.1f}", ratio, half, faster]


def take_steps(loop: Loop, bfloat16: bool) -> None:
    torch.set_autocast_enabled("cuda", bfloat16)
    for _ in range(STEPS):
        loop.update_weights()
