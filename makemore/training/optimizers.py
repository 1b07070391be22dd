"""The optimisers, and which of them trains which parameter.

AdamW is written out as single operations, because torch's kernels fuse several into one, which round differently on
different CPUs. Tensors are updated in pieces that stay in the cache, so it takes hardly longer.

Source: Loshchilov & Hutter, "Decoupled Weight Decay Regularization" (AdamW, 2019); for Muon see muon.py.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from makemore.arithmetic import elementary
from makemore.models.base.catalog import AnyModel
from makemore.models.base.config import TrainingConfig
from makemore.training.muon import Muon

_BETAS = (0.9, 0.95)
_EPS = 1e-8
_PIECE = 2**15  # elements


class AdamW:
    """Adam with weight decay for matrices, and none for biases and the gains of norms.

    The parameters become parts of two long vectors, so that many small ones take no longer than a large one.
    """

    name = "adamw"

    def __init__(self, parameters: Sequence[nn.Parameter], weight_decay: float) -> None:
        self._groups = [
            _Group([each for each in parameters if each.dim() > 1], weight_decay),
            _Group([each for each in parameters if each.dim() <= 1], 0.0),
        ]
        self._powers = torch.ones(2, dtype=torch.float64)  # of both betas, to the number of steps

    def state(self) -> Iterator[tuple[str, Tensor]]:
        """The tensors that the next step depends on, with names; they are updated in place."""
        yield "powers", self._powers
        for group, name in zip(self._groups, ("matrices", "vectors"), strict=True):
            yield from ((f"{name}/first", group.first), (f"{name}/second", group.second))

    @torch.no_grad()
    def step(self, lr: float) -> None:
        """Takes one step, using the gradients of the parameters."""
        self._powers.mul_(torch.tensor(_BETAS, dtype=torch.float64))
        first_share, second_share = (1 - self._powers).tolist()
        for group in self._groups:
            group.step(lr, first_share, second_share)


class _Group:
    """Parameters as one vector, with the moments of their gradients."""

    def __init__(self, parameters: list[nn.Parameter], weight_decay: float) -> None:
        self._parameters, self._weight_decay = parameters, weight_decay
        self._values = torch.cat([each.detach().flatten() for each in parameters] or [torch.zeros(0)])
        self.first, self.second = torch.zeros_like(self._values), torch.zeros_like(self._values)
        sizes = [each.numel() for each in parameters]
        for parameter, part in zip(parameters, self._values.split(sizes) if sizes else [], strict=True):
            parameter.data = part.view_as(parameter)

    def step(self, lr: float, first_share: float, second_share: float) -> None:
        """`lr` is the learning rate, and the shares are what the moments have of their final weight."""
        if not self._parameters:
            return
        gradients = [each.grad.flatten() for each in self._parameters if each.grad is not None]
        if len(gradients) < len(self._parameters):
            raise ValueError("AdamW cannot take a step before all gradients are computed")
        vectors = (self._values, torch.cat(gradients), self.first, self.second)
        for p, g, m, v in zip(*(each.split(_PIECE) for each in vectors), strict=True):
            m.mul_(_BETAS[0]).add_(g * (1 - _BETAS[0]))
            v.mul_(_BETAS[1]).add_(g.mul_(g).mul_(1 - _BETAS[1]))
            root = elementary.sqrt(v * (1 / second_share)).add_(_EPS)
            p.mul_(1 - lr * self._weight_decay).sub_((m * (lr / first_share)).div_(root))


def make_optimizers(model: AnyModel, config: TrainingConfig) -> list[AdamW | Muon]:
    """AdamW, and for `optimizer: muon` also Muon for the hidden matrices: all but embeddings and the head.

    Embeddings and heads are recognised by "embedding" and "head" in the names of their parameters.
    """
    hidden: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        is_hidden = parameter.dim() == 2 and "embedding" not in name and "head" not in name
        (hidden if config.optimizer == "muon" and is_hidden else others).append(parameter)
    adamw = AdamW(others, config.weight_decay)
    return [adamw, Muon(hidden, config.weight_decay)] if hidden else [adamw]
