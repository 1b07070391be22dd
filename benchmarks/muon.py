"""Muon: a step of ours (all matrices of one shape at once, float32) against torch.optim.Muon (one by one, bfloat16).

The matrices are those of the variant gpt-modern.
"""

import torch

from benchmarks.harness import medians, table
from makemore.corpus import Vocabulary
from makemore.models import build, parse_config
from makemore.muon import Muon
from makemore.params import Params


def main(params: Params) -> None:
    config = parse_config("gpt-modern", params.variants["gpt-modern"])
    model = build(config, Vocabulary(tuple(".abcdefghijklmnopqrstuvwxyz")), longest=15)
    matrices = [p for name, p in model.named_parameters() if name.startswith("blocks") and p.dim() == 2]
    for matrix in matrices:
        matrix.grad = torch.randn_like(matrix)
    ours = Muon(matrices, lr=0.01, weight_decay=0.1, momentum=0.9)
    torchs = torch.optim.Muon(matrices, lr=0.01, weight_decay=0.1, momentum=0.9, adjust_lr_fn="match_rms_adamw")
    times = medians({"torch.optim.Muon": torchs.step, "makemore.muon.Muon": ours.step}, rounds=20)
    table(
        f"A step of Muon on {len(matrices)} matrices, {params.compute.determinism} mode",
        ("", "ms"),
        [(case, f"{seconds * 1000:.2f}") for case, seconds in times.items()]
        + [("times faster", f"{times['torch.optim.Muon'] / times['makemore.muon.Muon']:.1f}")],
    )
