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
    """Adam with weight decay for matrices, and none for biases and the gains of norms."""

    name = "adamw"

    def __init__(self, parameters: Sequence[nn.Parameter], weight_decay: float) -> None:
        self._parameters, self._weight_decay = parameters, weight_decay
        self._powers = torch.ones(2, dtype=torch.float64)  # of both betas, to the number of steps
        self._first, self._second = ([torch.zeros_like(each, requires_grad=False) for each in parameters] for _ in _BETAS)

    def state(self) -> Iterator[tuple[str, Tensor]]:
        """The tensors that the next step depends on, with names; they are updated in place."""
        yield "powers", self._powers
        for number, moments in enumerate(zip(self._first, self._second, strict=True)):
            yield from ((f"{number}/{name}", moment) for name, moment in zip(("first", "second"), moments, strict=True))

    @torch.no_grad()
    def step(self, lr: float) -> None:
        """Takes one step, using the gradients of the parameters."""
        self._powers.mul_(torch.tensor(_BETAS, dtype=torch.float64))
        first_share, second_share = (1 - self._powers).tolist()
        for parameter, first, second in zip(self._parameters, self._first, self._second, strict=True):
            decay = 1 - lr * self._weight_decay if parameter.dim() > 1 else 1.0
            tensors = (parameter, parameter.grad, first, second)
            pieces = (each.view(-1).split(_PIECE) for each in tensors if each is not None)
            for p, g, m, v in zip(*pieces, strict=True):
                m.mul_(_BETAS[0]).add_(g * (1 - _BETAS[0]))
                v.mul_(_BETAS[1]).add_((g * g).mul_(1 - _BETAS[1]))
                root = elementary.sqrt(v * (1 / second_share)).add_(_EPS)
                p.mul_(decay).sub_((m * (lr / first_share)).div_(root))


def make_optimizers(model: AnyModel, config: TrainingConfig) -> list[AdamW | Muon]:
    """AdamW, and for `optimizer: muon` also Muon for the hidden matrices: all but embeddings and the head.

    Embeddings and heads are recognised by "embedding" and "head" in the names of their parameters.
    """
    hidden, others = [], []
    for name, parameter in model.named_parameters():
        is_hidden = parameter.dim() == 2 and "embedding" not in name and "head" not in name
        (hidden if config.optimizer == "muon" and is_hidden else others).append(parameter)
    adamw = AdamW(others, config.weight_decay)
    return [adamw, Muon(hidden, config.weight_decay)] if hidden else [adamw]
