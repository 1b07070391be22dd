"""A training step on the CPU, and on a CUDA GPU in float32 and bfloat16, for GPTs of growing size.

Without a GPU it ends with an error. Read the CPU's column with care: it has `compute.threads` of the machine's cores.
"""

import functools
from collections.abc import Callable

import torch

from benchmarks.harness import medians, read_names, table
from makemore.core.corpus import Corpus
from makemore.core.device import CPU, device_name, training_device
from makemore.core.params import Params
from makemore.models import gpt
from makemore.training.loop import Loop

STEPS = 3
SIZES = {  # width, layers, names per step
    "the default": {},
    "128 wide, 512 names": {"n_embd": 128, "batch_size": 512},
    "256 wide, 6 layers, 512 names": {"n_embd": 256, "n_layer": 6, "batch_size": 512},
}
CASES = (("CPU", False), ("GPU", False), ("GPU, bfloat16", True))


def main(params: Params) -> None:
    gpu = training_device(params.compute.model_copy(update={"device": "cuda"}))
    names, title = read_names()
    corpus = Corpus.of({"train": names, "dev": names[:100], "test": []}, params.data.end_marker)
    rows = []
    for size, changes in SIZES.items():
        config = gpt.Config.model_validate(params.variants["gpt"] | changes | {"eval_every": 10**6})
        steps: dict[str, Callable[[], object]] = {}
        for case, bfloat16 in CASES:
            loop = Loop.start(corpus, config, device=CPU if case == "CPU" else gpu)
            steps[case] = functools.partial(take_steps, loop, bfloat16)
        cpu, *others = medians(steps, rounds=3).values()
        rows.append([size, f"{1000 * cpu / STEPS:.1f}", *(f"{1000 * s / STEPS:.1f} ({cpu / s:.1f}x)" for s in others)])
    table(
        f"One step of `gpt` in ms ({title}; {device_name(gpu)}; {params.compute.threads} CPU thread)",
        ("", *(case for case, _ in CASES)),
        rows,
    )


def take_steps(loop: Loop, bfloat16: bool) -> None:
    torch.set_autocast_enabled("cuda", bfloat16)
    for _ in range(STEPS):
        loop.update_weights()
