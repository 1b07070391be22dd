"""The functions that models are made of, with the names and the arguments of torch.nn.functional.

In exact arithmetic (`compute.arithmetic: exact`) each has three forms: with gradients, for training, where a whole
tensor shares a grid (gradients.py); without, where each row has a grid of its own, so that a name's loss depends on
neither the other names of its batch nor on what comes after a position; and torch's own kernels in native arithmetic.

Sums, differences, products and quotients of tensors of the same shape are IEEE operations and need no function here.
"""

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from makemore.arithmetic import elementary, gradients, random
from makemore.arithmetic.grids import (
    POWER_STEP,
    NotFinite,
    factor,
    on_step,
    product,
    row_factors,
    row_totals,
    total,
)

Arithmetic = Literal["exact", "native"]
_arithmetic: Arithmetic = "exact"


def use(arithmetic: Arithmetic) -> None:
    """Makes these functions compute in this arithmetic from now on."""
    global _arithmetic  # noqa: PLW0603 (like torch's default dtype, it belongs to the process)
    _arithmetic = arithmetic


def is_exact() -> bool:
    """Whether these functions compute exactly."""
    return _arithmetic == "exact"


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x W^T + b: (..., out), from x (..., in), W (out, in), b (out)."""
    if not is_exact():
        return F.linear(x, weight, bias)
    if torch.is_grad_enabled():
        return gradients.Linear.apply(x, weight, bias)  # type: ignore[no-any-return, no-untyped-call]
    try:
        weights = factor(weight)
    except NotFinite:  # who asks for the result says what is wrong with it
        return x.new_full((*x.shape[:-1], len(weight)), torch.nan)
    y = product(row_factors(x), weights.T)
    return y if bias is None else y.add_(bias)


def embedding(indices: Tensor, weight: Tensor) -> Tensor:
    """The rows of a table (N, C) with these indices: (..., C)."""
    if is_exact() and torch.is_grad_enabled():
        return gradients.Embedding.apply(indices, weight)  # type: ignore[no-any-return, no-untyped-call]
    return F.embedding(indices, weight)


def attention(q: Tensor, k: Tensor, v: Tensor, visible: Tensor, dropout: float) -> Tensor:
    """softmax(q k^T / sqrt(d)) v: (B, heads, T, d), from q (B, heads, T, d), k and v (B, heads, S, d).

    visible: bool, broadcastable to (B, heads, T, S), which positions a position sees
    dropout: the fraction of the weights that is dropped
    """
    if not is_exact():
        return F.scaled_dot_product_attention(q, k, v, visible, dropout)
    scale = float(torch.tensor(1 / math.sqrt(q.shape[-1])))
    if torch.is_grad_enabled():
        scores = gradients.MatMul.apply(q, k.mT) * scale  # type: ignore[no-untyped-call]
        weights = gradients.Softmax.apply(scores, visible)  # type: ignore[no-untyped-call]
        return gradients.MatMul.apply(drop(weights, dropout, training=True), v)  # type: ignore[no-any-return, no-untyped-call]
    scores = product(row_factors(q), row_factors(k).mT).mul_(scale).masked_fill_(~visible, gradients.HIDDEN)
    weights = elementary.exp(scores.sub_(scores.amax(-1, keepdim=True))).mul_(visible)
    return mix(weights.div_(row_totals(weights)), v)


def mix(weights: Tensor, values: Tensor) -> Tensor:
    """weights values: (..., T, d), from weights (..., T, S), 0 where a position must not see, and values (..., S, d).

    Without gradients, the terms are added one after the other: what a position must not see adds nothing.
    """
    if not is_exact():
        return weights @ values
    if torch.is_grad_enabled():
        return gradients.MatMul.apply(weights, values)  # type: ignore[no-any-return, no-untyped-call]
    result = weights[..., :1] * values[..., :1, :]
    for position in range(1, values.shape[-2]):
        result.add_(weights[..., position : position + 1] * values[..., position : position + 1, :])
    return result


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """a b for batches of matrices (N, ...), without gradients."""
    return product(factor(a), factor(b)) if is_exact() else a @ b


def norm(matrices: Tensor) -> Tensor:
    """The root of the sum of squares of each of `matrices` (N, rows, columns): (N, 1, 1), without gradients."""
    squares = matrices * matrices
    each = total(squares, (1, 2)) if is_exact() else squares.sum((1, 2))
    return elementary.sqrt(each).view(-1, 1, 1)


def layer_norm(x: Tensor, gain: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    """`x` (..., C) to mean 0 and variance 1, times `gain` (C), plus `bias` (C)."""
    if not is_exact():
        return F.layer_norm(x, x.shape[-1:], gain, bias, eps)
    if torch.is_grad_enabled():
        return gradients.LayerNorm.apply(x, gain, bias, eps)  # type: ignore[no-any-return, no-untyped-call]
    share = 1 / x.shape[-1]
    centred = x - row_totals(x).mul_(share)
    variance = row_totals(centred * centred).mul_(share)
    return centred.mul_(elementary.sqrt(variance.add_(eps)).reciprocal_()).mul_(gain).add_(bias)


def rms_norm(x: Tensor, eps: float = 2.0**-23) -> Tensor:
    """`x` (..., C) to mean square 1."""
    if not is_exact():
        return F.rms_norm(x, x.shape[-1:], eps=eps)
    if torch.is_grad_enabled():
        return gradients.RMSNorm.apply(x, eps)  # type: ignore[no-any-return, no-untyped-call]
    mean = row_totals(x * x).mul_(1 / x.shape[-1])
    return x * elementary.sqrt(mean.add_(eps)).reciprocal_()


def gelu(x: Tensor) -> Tensor:
    """GELU, approximated with tanh as in GPT-2."""
    if not is_exact():
        return F.gelu(x, approximate="tanh")
    return gradients.Gelu.apply(x)  # type: ignore[no-any-return, no-untyped-call]


def relu_squared(x: Tensor) -> Tensor:
    """The squared ReLU."""
    y = torch.relu(x)
    return y * y


def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent."""
    if not is_exact():
        return torch.tanh(x)
    return gradients.Tanh.apply(x)  # type: ignore[no-any-return, no-untyped-call]


def sigmoid(x: Tensor) -> Tensor:
    """The logistic function."""
    if not is_exact():
        return torch.sigmoid(x)
    return gradients.Sigmoid.apply(x)  # type: ignore[no-any-return, no-untyped-call]


def repeat(x: Tensor, times: int) -> Tensor:
    """A vector (C), `times` times: (times, C)."""
    return gradients.Repeat.apply(x, times) if is_exact() else x.expand(times, -1)  # type: ignore[no-untyped-call]


def scale(x: Tensor, number: Tensor) -> Tensor:
    """`x` times a single number."""
    return gradients.Scale.apply(x, number) if is_exact() else x * number  # type: ignore[no-untyped-call]


def drop(x: Tensor, p: float, training: bool) -> Tensor:
    """Dropout: each element becomes 0 with probability `p`, and the others grow by 1 / (1 - p)."""
    if not training or p == 0:
        return x
    return x * random.keep(x.shape, p, x.device) if is_exact() else F.dropout(x, p)


def drop_vectors(x: Tensor, p: float, training: bool) -> Tensor:
    """Dropout of whole vectors of `x` (..., C)."""
    if not training or p == 0:
        return x
    return x * random.keep((*x.shape[:-1], 1), p, x.device) if is_exact() else F.dropout1d(x, p)


def softmax(logits: Tensor) -> Tensor:
    """Probabilities (..., V) from logits (..., V), without gradients."""
    if not is_exact():
        return logits.softmax(dim=-1)
    powers = elementary.exp(logits - logits.amax(-1, keepdim=True))
    return powers.div_(row_totals(powers))


def log_softmax(logits: Tensor) -> Tensor:
    """Logarithms of probabilities: float64 (..., V), from logits (..., V) of float32 or float64, without gradients."""
    if not is_exact():
        return logits.double().log_softmax(dim=-1)
    shifted = logits.double() - logits.amax(-1, keepdim=True)
    powers = on_step(elementary.exp64(shifted), POWER_STEP)  # at most 1 each
    return shifted.sub_(elementary.log64(powers.sum(-1, keepdim=True)))


def cross_entropy(logits: Tensor, counts: Tensor) -> Tensor:
    """The mean NLL, in nats, of `counts` (..., V), how often each symbol came next, under `logits` (..., V)."""
    logits, counts = logits.flatten(0, -2), counts.flatten(0, -2)
    if is_exact():
        return gradients.CrossEntropy.apply(logits, counts)  # type: ignore[no-any-return, no-untyped-call]
    return F.cross_entropy(logits, counts, reduction="sum") / counts.sum()
