"""Batched Muon, compared with torch's own and with the singular value decomposition."""

import pytest
import torch

from makemore.training.muon import MOMENTUM, Muon, orthogonalise

SHAPES = [(16, 16), (48, 16), (16, 64), (64, 16), (16, 16)]


def test_orthogonalising_brings_all_singular_values_close_to_one() -> None:
    matrices = torch.randn(4, 16, 40, generator=torch.Generator().manual_seed(0))
    found = orthogonalise(matrices)
    u, _, v = torch.linalg.svd(matrices, full_matrices=False)
    values = u.mT @ found @ v.mT  # diagonal, if the singular vectors are kept
    assert torch.allclose(values, torch.diag_embed(values.diagonal(dim1=1, dim2=2)), atol=1e-3)
    assert values.diagonal(dim1=1, dim2=2).min() > 0.6
    assert values.diagonal(dim1=1, dim2=2).max() < 1.3


def test_steps_equal_those_of_torch_except_for_its_bfloat16() -> None:
    generator = torch.Generator().manual_seed(0)
    ours = [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in SHAPES]
    theirs = [torch.nn.Parameter(parameter.detach().clone()) for parameter in ours]
    muon = Muon(ours, weight_decay=0.1)
    other = torch.optim.Muon(theirs, lr=0.01, weight_decay=0.1, momentum=MOMENTUM, adjust_lr_fn="match_rms_adamw")
    start = [parameter.detach().clone() for parameter in ours]
    for _ in range(10):
        for mine, its in zip(ours, theirs, strict=True):
            mine.grad = torch.randn(mine.shape, generator=generator)
            its.grad = mine.grad.clone()
        muon.step(0.01)
        other.step()
    for mine, its, before in zip(ours, theirs, start, strict=True):
        assert (mine - its).norm() < 0.02 * (its - before).norm()
    for number, (name, momentum) in enumerate(muon.state()):
        assert name == f"{number}/momentum"
        assert torch.allclose(momentum, other.state[theirs[number]]["momentum_buffer"], atol=1e-6)


def test_step_without_a_gradient_is_an_error() -> None:
    optimizer = Muon([torch.nn.Parameter(torch.zeros(2, 2))], weight_decay=0.0)
    with pytest.raises(ValueError, match="Muon cannot take a step before a gradient is computed"):
        optimizer.step(0.01)
