"""Muon, batched over matrices of the same shape, in float32.

Muon does not update a matrix with its momentum M = U S V^T but with the nearest orthogonal matrix U V^T: a step of the
same size in every direction. A few Newton-Schulz iterations approximate it with matrix products only:

    X <- a X + (b A + c A A) X,  A = X X^T          starting from X = M / |M|, five times

This is torch.optim.Muon, with the same options and arithmetic, except for two things. Torch updates one matrix at a
time, and most of that time is the overhead of small products; here matrices of the same shape form one batch. And torch
iterates in bfloat16, which has to be emulated in portable mode and on a CPU without bfloat16 instructions.

Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024),
https://kellerjordan.github.io/posts/muon/; the scale of the update, which lets it share AdamW's learning rate, is from
Liu et al., "Muon is Scalable for LLM Training" (2025), https://arxiv.org/abs/2502.16982.
"""

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor

from makemore.training.uncompiled import Uncompiled

UPDATE_RMS = 0.2  # root mean square of an update, typical of AdamW (Liu et al.)


def orthogonalise(matrices: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """Approximately the nearest orthogonal matrix to each of `matrices` (N, rows, columns), rows <= columns.

    Newton-Schulz with these coefficients leaves singular values between 0.7 and 1.2, which works as well as exactly 1.
    """
    a, b, c = coefficients
    x: Tensor = matrices / matrices.norm(dim=(1, 2), keepdim=True).clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.mT  # (N, rows, rows)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x


class Muon(Uncompiled, torch.optim.Muon):
    """torch.optim.Muon, batched. Updates are scaled so that a learning rate tuned for AdamW fits."""

    def __init__(self, params: Sequence[Tensor], lr: float, weight_decay: float, momentum: float) -> None:
        super().__init__(params, lr, weight_decay, momentum, adjust_lr_fn="match_rms_adamw")

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # torch's own returns the loss of the closure
        """Takes one step, using the gradients of the parameters."""
        for group in self.param_groups:
            shapes = defaultdict(list)
            for parameter in group["params"]:
                shapes[tuple(sorted(parameter.shape))].append(parameter)
            for (_, long), parameters in shapes.items():
                updates = orthogonalise(
                    torch.stack([self._direction(parameter, group) for parameter in parameters]),
                    group["ns_coefficients"],
                    group["ns_steps"],
                    group["eps"],
                )
                for parameter, update in zip(parameters, updates, strict=True):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    transposed = update.T if parameter.shape[0] > parameter.shape[1] else update
                    parameter.add_(transposed, alpha=-UPDATE_RMS * long**0.5 * group["lr"])

    def _direction(self, parameter: Tensor, group: dict[str, float]) -> Tensor:
        """The Nesterov momentum, transposed if it has more rows than columns."""
        gradient = parameter.grad
        if gradient is None:
            raise ValueError("Muon cannot take a step before a gradient is computed")
        state = self.state[parameter]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(gradient)
        buffer = state["momentum_buffer"].lerp_(gradient, 1 - group["momentum"])
        direction = gradient.lerp(buffer, group["momentum"])
        return direction.T if direction.shape[0] > direction.shape[1] else direction
