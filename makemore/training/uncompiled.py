"""torch's optimisers without its compiler, which imports a thousand modules: longer than a small training takes.

torch.optim wraps the methods below to tell torch.compile what to leave alone, and the wrappers import the compiler when
they are first called. Nothing is compiled here, so the methods inside the wrappers are called. They compute the same.
"""

import torch
from torch.optim import Optimizer


class Uncompiled(Optimizer):
    """The base class of optimisers that import no compiler. It comes before torch's own class among the bases."""

    add_param_group = Optimizer.add_param_group.__wrapped__  # type: ignore[attr-defined]
    state_dict = Optimizer.state_dict.__wrapped__  # type: ignore[attr-defined]
    load_state_dict = Optimizer.load_state_dict.__wrapped__  # type: ignore[attr-defined]


class AdamW(Uncompiled, torch.optim.AdamW):
    """torch.optim.AdamW."""

    step = torch.no_grad()(torch.optim.AdamW.step.__wrapped__)  # type: ignore[attr-defined]
