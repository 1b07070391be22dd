"""Optimisers without torch's compiler: they do what torch's own do, and import less."""

import subprocess
import sys

import torch
from makemore.training.uncompiled import AdamW

from tests.conftest import ROOT

PROGRAM = """
import sys, torch
from makemore.training.muon import Muon
from makemore.training.uncompiled import AdamW
weights = torch.nn.Parameter(torch.ones(2, 2))
for optimizer in (AdamW([weights], fused=True), Muon([weights], lr=0.1, weight_decay=0.1, momentum=0.9)):
    weights.grad = torch.eye(2)
    optimizer.step()
    optimizer.load_state_dict(optimizer.state_dict())
print({"torch._dynamo", "sympy"} & {*sys.modules})
"""


def test_training_imports_no_compiler() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_steps_are_those_of_torch_to_the_bit() -> None:
    generator = torch.Generator().manual_seed(0)
    ours = torch.nn.Parameter(torch.randn(5, 3, generator=generator))
    theirs = torch.nn.Parameter(ours.detach().clone())
    options = {"lr": 0.01, "betas": (0.9, 0.95), "weight_decay": 0.1, "fused": True}
    optimizers = (AdamW([ours], **options), torch.optim.AdamW([theirs], **options))  # type: ignore[arg-type]
    for _ in range(3):
        ours.grad = torch.randn(5, 3, generator=generator)
        theirs.grad = ours.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
    assert torch.equal(ours, theirs)
    mine, other = (optimizer.state_dict() for optimizer in optimizers)
    assert mine["param_groups"] == other["param_groups"]
    assert all(torch.equal(value, other["state"][0][name]) for name, value in mine["state"][0].items())
