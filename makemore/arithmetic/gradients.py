"""The functions of models with their gradients, for training: every sum and product is on a grid (grids.py).

Forward and backward use the same rounded factors, so a gradient is that of what was computed, to the rounding of the
result. All tensors are float32; what is kept for the gradient of a product is float64.
"""

import math
from typing import Any

from torch import Tensor
from torch.autograd import Function

from makemore.arithmetic.elementary import exp, log, sigmoid, sqrt, tanh
from makemore.arithmetic.grids import SUM_BITS, factor, on_grid, product, total

HIDDEN = -1e30  # the score of what a position must not see


class Linear(Function):
    """x W^T + b: x (..., in), W (out, in), b (out) or None."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """See the class."""
        rows, weights = factor(x.reshape(-1, x.shape[-1])), factor(weight)
        ctx.save_for_backward(rows, weights)
        ctx.has_bias, ctx.shape = bias is not None, x.shape
        y = product(rows, weights.T)
        if bias is not None:
            y.add_(bias)
        return y.view(*x.shape[:-1], len(weight))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor, Tensor | None]:
        """The gradients of x, W and b."""
        rows, weights = ctx.saved_tensors
        grad = grad.reshape(-1, grad.shape[-1])
        given = factor(grad)
        of_x = product(given, weights).view(ctx.shape) if ctx.needs_input_grad[0] else None
        of_bias = product(given.T, rows.new_ones(len(rows), 1)).squeeze(1) if ctx.has_bias else None
        return of_x, product(given.T, rows), of_bias


class MatMul(Function):
    """a b for batches of matrices."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        """See the class."""
        left, right = factor(a), factor(b)
        ctx.save_for_backward(left, right)
        return product(left, right)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """The gradients of a and b."""
        left, right = ctx.saved_tensors
        given = factor(grad)
        of_a = product(given, right.mT) if ctx.needs_input_grad[0] else None
        return of_a, product(left.mT, given) if ctx.needs_input_grad[1] else None


class Softmax(Function):
    """softmax over the last dimension, where `visible`; 0 elsewhere. A row has at least one visible element."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, visible: Tensor) -> Tensor:
        """See the class."""
        shifted = x.masked_fill(~visible, HIDDEN)
        y = exp(shifted.sub_(shifted.amax(-1, keepdim=True))).mul_(visible)
        y.div_(total(y, -1, 1.0).unsqueeze(-1))
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """y (grad - sum(grad y))."""
        (y,) = ctx.saved_tensors
        each = grad * y
        return each.sub_(y * total(each, -1).unsqueeze(-1)), None


class CrossEntropy(Function):
    """The mean NLL of `counts` (M, V), how often each symbol came next, under the logits (M, V)."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, counts: Tensor) -> Tensor:
        """See the class."""
        x = logits - logits.amax(-1, keepdim=True)
        powers = exp(x)
        normaliser = total(powers, -1, 1.0).unsqueeze(-1)
        of_row = total(counts, -1).unsqueeze(-1)
        number = total(of_row, (0, 1))
        ctx.save_for_backward(powers.div_(normaliser), counts, of_row, number)
        return total(total(log(normaliser).sub(x).mul_(counts), -1), 0) / number

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """p - counts / their sum, for each row as often as it counts."""
        p, counts, of_row, number = ctx.saved_tensors
        return (p * of_row).sub_(counts).mul_(grad / number), None


class LayerNorm(Function):
    """To mean 0 and variance 1 over the last dimension, times a gain, plus a bias."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, gain: Tensor, bias: Tensor, eps: float) -> Tensor:
        """See the class."""
        share = 1 / x.shape[-1]
        centred = x - total(x, -1).unsqueeze(-1).mul_(share)
        inverse = sqrt(total(centred * centred, -1).unsqueeze(-1).mul_(share).add_(eps)).reciprocal_()
        y = centred.mul_(inverse)
        ctx.save_for_backward(y, inverse, gain)
        return (y * gain).add_(bias)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """The gradients of x, gain and bias."""
        y, inverse, gain = ctx.saved_tensors
        of_gain, given = grad * y, grad * gain
        along = total(of_gain * gain, -1).unsqueeze(-1).mul_(1 / y.shape[-1])
        mean = total(given, -1).unsqueeze(-1).mul_(1 / y.shape[-1])
        rows = tuple(range(grad.dim() - 1))
        return given.sub_(mean).sub_(y * along).mul_(inverse), total(of_gain, rows), total(grad, rows), None


class RMSNorm(Function):
    """To mean square 1 over the last dimension."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, eps: float) -> Tensor:
        """See the class."""
        mean = total(x * x, -1).unsqueeze(-1).mul_(1 / x.shape[-1])
        inverse = sqrt(mean.add_(eps)).reciprocal_()
        y = x * inverse
        ctx.save_for_backward(y, inverse)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """(grad - y mean(grad y)) / rms."""
        y, inverse = ctx.saved_tensors
        along = total(grad * y, -1).unsqueeze(-1).mul_(1 / y.shape[-1])
        return (grad - y * along).mul_(inverse), None


class Gelu(Function):
    """x s(2 u), with u = sqrt(2 / pi) (x + 0.044715 x^3): GELU with tanh, because (1 + tanh u) / 2 = s(2 u)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """See the class."""
        square = x * x
        gate = sigmoid((square * 0.044715).add_(1.0).mul_(x).mul_(2 * math.sqrt(2 / math.pi)))
        ctx.save_for_backward(x, square, gate)
        return x * gate

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """grad s (1 + x (1 - s) (2 u)')."""
        x, square, gate = ctx.saved_tensors
        slope = (square * (3 * 0.044715)).add_(1.0).mul_(2 * math.sqrt(2 / math.pi))
        result: Tensor = slope.mul_(1.0 - gate).mul_(x).add_(1.0).mul_(gate).mul_(grad)
        return result


class Tanh(Function):
    """tanh."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """See the class."""
        y = tanh(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """grad (1 - y^2)."""
        (y,) = ctx.saved_tensors
        result: Tensor = (1.0 - y * y).mul_(grad)
        return result


class Sigmoid(Function):
    """The logistic function."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """See the class."""
        y = sigmoid(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """grad y (1 - y)."""
        (y,) = ctx.saved_tensors
        result: Tensor = (1.0 - y).mul_(y).mul_(grad)
        return result


class Embedding(Function):
    """Rows of a table (N, C), one for each index."""

    @staticmethod
    def forward(ctx: Any, indices: Tensor, weight: Tensor) -> Tensor:
        """See the class."""
        ctx.save_for_backward(indices)
        ctx.size = len(weight)
        return weight[indices]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor]:
        """The sum of the gradients of each row, exact in any order."""
        (indices,) = ctx.saved_tensors
        rows = on_grid(grad.reshape(-1, grad.shape[-1]), SUM_BITS).double()
        used, place = indices.unique(return_inverse=True)  # few of a large table
        sums = rows.new_zeros(len(used), rows.shape[1]).index_add_(0, place.flatten(), rows)
        return None, grad.new_zeros(ctx.size, rows.shape[1]).index_copy_(0, used, sums.float())


class Repeat(Function):
    """A vector (C), `times` times: (times, C)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, times: int) -> Tensor:
        """See the class."""
        return x.repeat(times, 1)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """The sum over the repetitions."""
        return total(grad, 0), None


class Scale(Function):
    """x times a single number."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, factor: Tensor) -> Tensor:
        """See the class."""
        ctx.save_for_backward(x, factor)
        return x * factor

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        """The gradients of x and the number."""
        x, factor = ctx.saved_tensors
        return grad * factor, total(grad * x, tuple(range(x.dim())))
