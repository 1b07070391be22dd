"""Exact sums and products: numbers are rounded to a grid that is coarse enough for float64 to add them without error.

A grid of b bits has the multiples of 2^(e - b), where 2^e is above all numbers in question. So a number on it is an
integer of at most b bits, plus its sign, times a power of two that all of them share:

    a product of two such numbers has 2 b bits, and the sum of K products 2 b + log2(K). With at most 53 bits, every
    partial sum is a float64, in any order, with or without fused multiply-add.

Rounding is two IEEE additions, x + M - M: M = 1.5 * 2^(e - b + 23) is so large that the float32 next to it is one step
of the grid away, and |x| < 2^e <= M / 3 leaves the sum between 2^(e - b + 23) and twice that, where steps are the same.
"""

import math

import torch
from torch import Tensor

PRODUCT_BITS = 21
SUM_BITS = 22  # the most for which x + M has the steps of M
LONGEST = 2 ** (53 - 2 * PRODUCT_BITS)  # terms of a sum of products
POWER_STEP = 2.0**-38  # of powers of e in a softmax, which are at most 1: up to 2^15 symbols
NLL_STEP = 2.0**-28  # of losses in nats: sums are exact up to 2^25
_LARGEST, _SMALLEST = 2.0**100, 2.0**-100  # within them, M and the steps of the grid are float32


class NotFinite(ArithmeticError):
    """Numbers are NaN, infinite, or so large that they soon will be: the training has diverged."""


def bound(x: Tensor) -> float:
    """A number that no element of `x` exceeds. Raises NotFinite if some are NaN, infinite, or above 2^100."""
    if not x.numel():
        return 0.0
    low, high = torch.aminmax(x)
    largest = max(-low.item(), high.item())
    if not largest <= _LARGEST:  # NaN is not
        raise NotFinite(f"numbers as large as {largest}")
    return largest


def on_grid(x: Tensor, bits: int, largest: float | None = None) -> Tensor:
    """`x`, float32, rounded to a grid of `bits` bits, float32. largest: a known `bound`."""
    exponent = math.frexp(max(bound(x) if largest is None else largest, _SMALLEST))[1]
    shift = 1.5 * 2.0 ** (exponent - bits + 23)
    return (x + shift).sub_(shift)


def rows_on_grid(x: Tensor, bits: int) -> Tensor:
    """`x` (..., n) with each row on a grid of its own, so that a row does not depend on the others."""
    exponent = torch.frexp(x.abs().amax(dim=-1, keepdim=True).clamp(_SMALLEST, _LARGEST)).exponent
    shift = _power_of_two(exponent - bits + 23).mul_(1.5)
    return (x + shift).sub_(shift)


def on_step(x: Tensor, step: float) -> Tensor:
    """`x`, float64, rounded to multiples of `step`, a power of two; changes x. Sums below step * 2^53 are exact."""
    shift = 1.5 * 2.0**52 * step
    return x.add_(shift).sub_(shift)


def factor(x: Tensor) -> Tensor:
    """`x` as a factor of products: float64, on a grid of 21 bits."""
    return on_grid(x, PRODUCT_BITS).double()


def row_factors(x: Tensor) -> Tensor:
    """`x` as a factor of products, each row on a grid of its own: float64."""
    return rows_on_grid(x, PRODUCT_BITS).double()


def product(a: Tensor, b: Tensor) -> Tensor:
    """The product of two factors: exact in float64, rounded once to float32.

    A contraction of more than 2^11 terms is the sum of exact pieces, in order.
    """
    terms = a.shape[-1]
    if terms <= LONGEST:
        return (a @ b).float()
    pieces = zip(a.split(LONGEST, dim=-1), b.split(LONGEST, dim=-2), strict=True)
    total = torch.zeros((), dtype=torch.float64, device=a.device)
    for left, right in pieces:
        total = total + left @ right
    return total.float()


def total(x: Tensor, dim: int | tuple[int, ...], largest: float | None = None) -> Tensor:
    """The sum of `x`, float32, over `dim`: exact after its elements are rounded to a grid of 22 bits.

    Up to 2^31 terms. largest: a known `bound`
    """
    return on_grid(x, SUM_BITS, largest).sum(dim, dtype=torch.float64).float()


def row_totals(x: Tensor) -> Tensor:
    """The sum of each row of `x` (..., n), float32: (..., 1). A row does not depend on the others."""
    return rows_on_grid(x, SUM_BITS).sum(-1, keepdim=True, dtype=torch.float64).float()


def _power_of_two(exponent: Tensor) -> Tensor:
    """2^exponent as float32, from its bits; exponent: int32, -126 to 127."""
    return ((exponent + 127) << 23).view(torch.float32)
