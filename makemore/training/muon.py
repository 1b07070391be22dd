"""Muon, batched over matrices of the same shape, in float32.

Muon does not update a matrix with its momentum M = U S V^T but with the nearest orthogonal matrix U V^T: a step of the
same size in every direction. A few Newton-Schulz iterations approximate it with matrix products only:

    X <- a X + (b A + c A A) X,  A = X X^T          starting from X = M / |M|, five times

This is torch.optim.Muon, with the same coefficients, except for two things. Torch updates one matrix at a time, and
most of that time is the overhead of small products; here matrices of the same shape form one batch. And torch iterates
in bfloat16, which has to be emulated on a CPU without bfloat16 instructions.

Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024),
https://kellerjordan.github.io/posts/muon/; the scale of the update, which lets it share AdamW's learning rate, is from
Liu et al., "Muon is Scalable for LLM Training" (2025), https://arxiv.org/abs/2502.16982.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from makemore.arithmetic import functional as F

UPDATE_RMS = 0.2  # root mean square of an update, typical of AdamW (Liu et al.)
MOMENTUM = 0.9  # 0.95, the usual value, is better for longer training
_COEFFICIENTS = (3.4445, -4.775, 2.0315)  # singular values become 0.7 to 1.2, which works as well as exactly 1
_ITERATIONS = 5
_EPS = 1e-7


def orthogonalise(matrices: Tensor) -> Tensor:
    """Approximately the nearest orthogonal matrix to each of `matrices` (N, rows, columns), rows <= columns."""
    a, b, c = _COEFFICIENTS
    x = matrices / F.norm(matrices).clamp_(min=_EPS)
    for _ in range(_ITERATIONS):
        gram = F.matmul(x, x.mT)  # (N, rows, rows)
        polynomial = (gram * b).add_(F.matmul(gram, gram).mul_(c))
        x = (x * a).add_(F.matmul(polynomial, x))
    return x


class Muon:
    """The optimiser. Updates are scaled so that a learning rate tuned for AdamW fits."""

    name = "muon"

    def __init__(self, parameters: Sequence[nn.Parameter], weight_decay: float) -> None:
        self._parameters, self._weight_decay = parameters, weight_decay
        self._momenta = [torch.zeros_like(each, requires_grad=False) for each in parameters]
        self._of_shape: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for number, parameter in enumerate(parameters):
            self._of_shape[tuple(sorted(parameter.shape))].append(number)

    def state(self) -> Iterator[tuple[str, Tensor]]:
        """The tensors that the next step depends on, with names; they are updated in place."""
        return ((f"{number}/momentum", momentum) for number, momentum in enumerate(self._momenta))

    @torch.no_grad()
    def step(self, lr: float) -> None:
        """Takes one step, using the gradients of the parameters."""
        for (_, long), numbers in self._of_shape.items():
            updates = orthogonalise(torch.stack([self._direction(number) for number in numbers]))
            updates.mul_(UPDATE_RMS * math.sqrt(long) * lr)
            for number, update in zip(numbers, updates, strict=True):
                parameter = self._parameters[number]
                is_tall = parameter.shape[0] > parameter.shape[1]
                parameter.mul_(1 - lr * self._weight_decay).sub_(update.T if is_tall else update)

    def _direction(self, number: int) -> Tensor:
        """The Nesterov momentum, transposed if it has more rows than columns."""
        gradient, momentum = self._parameters[number].grad, self._momenta[number]
        if gradient is None:
            raise ValueError("Muon cannot take a step before a gradient is computed")
        momentum.mul_(MOMENTUM).add_(gradient * (1 - MOMENTUM))
        direction = (momentum * MOMENTUM).add_(gradient * (1 - MOMENTUM))
        return direction.T if direction.shape[0] > direction.shape[1] else direction
