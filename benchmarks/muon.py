"""Muon: a step of ours (batched by shape, float32) compared with torch.optim.Muon (matrix by matrix, bfloat16).

Both update the matrices of the variant gpt-modern.
"""

import torch

from benchmarks.harness import medians, table
from makemore.core.params import Params
from makemore.corpus.vocabulary import Vocabulary
from makemore.models.base.catalog import build, parse_config
from makemore.training.muon import Muon


def main(params: Params) -> None:
    config = parse_config("gpt-modern", params.variants["gpt-modern"])
    model = build(config, Vocabulary(tuple(".abcdefghijklmnopqrstuvwxyz")), longest=15)
    matrices = [p for name, p in model.named_parameters() if name.startswith("blocks") and p.dim() == 2]
    for matrix in matrices:
        matrix.grad = torch.randn_like(matrix)
    ours = Muon(matrices, lr=0.01, weight_decay=0.1, momentum=0.9)
    theirs = torch.optim.Muon(matrices, lr=0.01, weight_decay=0.1, momentum=0.9, adjust_lr_fn="match_rms_adamw")
    times = medians({"torch.optim.Muon": theirs.step, "ours": ours.step}, rounds=20)
    table(
        f"One step of Muon on {len(matrices)} matrices, {params.compute.determinism} mode",
        ("", "ms"),
        [(case, f"{seconds * 1000:.2f}") for case, seconds in times.items()]
        + [("times faster", f"{times['torch.optim.Muon'] / times['ours']:.1f}")],
    )
