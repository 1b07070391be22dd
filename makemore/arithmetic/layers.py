"""Layers with weights, like those of torch.nn, whose functions are those of functional.py."""

import math

import torch
from torch import Tensor, nn

from makemore.arithmetic import functional as F
from makemore.arithmetic import random


class Linear(nn.Module):
    """x W^T + b. Initial weights and biases are uniform within 1 / sqrt(inputs), as in torch."""

    def __init__(self, inputs: int, outputs: int, bias: bool = True) -> None:
        super().__init__()
        limit = 1 / math.sqrt(inputs)
        self.weight = nn.Parameter(random.uniform((outputs, inputs), limit))
        self.bias = nn.Parameter(random.uniform((outputs,), limit)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """(..., outputs), from (..., inputs)."""
        return F.linear(x, self.weight, self.bias)


class Embedding(nn.Module):
    """A vector for each index. Initial weights are standard normal."""

    def __init__(self, number: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(random.normal((number, width)))

    def forward(self, indices: Tensor) -> Tensor:
        """(..., width), from int64 (...)."""
        return F.embedding(indices, self.weight)


class LayerNorm(nn.Module):
    """To mean 0 and variance 1, with a gain and a bias."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        """(..., width), like `x`."""
        return F.layer_norm(x, self.weight, self.bias)


class RMSNorm(nn.Module):
    """To mean square 1, without weights."""

    def forward(self, x: Tensor) -> Tensor:
        """Like `x`."""
        return F.rms_norm(x)
