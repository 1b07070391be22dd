"""Muon, all matrices of one shape at a time, and in float32.

Muon updates a matrix not with its momentum M but with the nearest orthogonal matrix to it, U V^T where M = U S V^T: a
step that changes every direction equally. A few Newton-Schulz iterations approximate it with matrix products alone:

    X <- a X + (b A + c A A) X,  A = X X^T          from X = M / |M|, five times

This is torch.optim.Muon, with its options and its arithmetic, but for two things. Torch takes one matrix after the
other, and most of that time is the overhead of small products; here the matrices of one shape are one batch. And torch
computes the iterations in bfloat16, which a CPU without such instructions emulates, and which portable mode would.
`python -m benchmarks muon` measures what that saves.

Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024),
https://kellerjordan.github.io/posts/muon/; the scale of the update, which lets it share AdamW's learning rate, from Liu
et al., "Muon is Scalable for LLM Training" (2025), https://arxiv.org/abs/2502.16982.
"""

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor


def orthogonalise(matrices: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """About the nearest orthogonal matrix to each of `matrices` (N, rows, columns), rows <= columns.

    About: Newton-Schulz with these coefficients leaves singular values between 0.7 and 1.2, which is as good.
    """
    a, b, c = coefficients
    x: Tensor = matrices / matrices.norm(dim=(1, 2), keepdim=True).clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.mT  # (N, rows, rows)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x


class Muon(torch.optim.Muon):
    """torch.optim.Muon, batched; the learning rate is adjusted so that one made for AdamW fits."""

    def __init__(self, params: Sequence[Tensor], lr: float, weight_decay: float, momentum: float) -> None:
        super().__init__(params, lr, weight_decay, momentum, adjust_lr_fn="match_rms_adamw")

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # torch's returns the closure's loss
        """Takes one step from the gradients that stand in the parameters."""
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
                    turned = update.T if parameter.shape[0] > parameter.shape[1] else update
                    parameter.add_(turned, alpha=-0.2 * long**0.5 * group["lr"])

    def _direction(self, parameter: Tensor, group: dict[str, float]) -> Tensor:
        """The momentum (Nesterov's), turned so that it is not taller than wide."""
        gradient = parameter.grad
        if gradient is None:
            raise ValueError("Muon was asked for a step before a gradient was computed")
        state = self.state[parameter]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(gradient)
        buffer = state["momentum_buffer"].lerp_(gradient, 1 - group["momentum"])
        direction = gradient.lerp(buffer, group["momentum"])
        return direction.T if direction.shape[0] > direction.shape[1] else direction
