"""Mini-batches: which names optimiser step n trains on, as a function of (seed, n)."""

import math
from functools import lru_cache

import torch
from torch import Tensor

from makemore.core.randomness import derive_seed
from makemore.core.tokens import PAD
from makemore.models.base.config import TrainingConfig


def batch(rows: Tensor, config: TrainingConfig, step: int) -> Tensor:
    """The names of optimiser step `step` (from 1): a selection of `rows` (names, width), trimmed to the longest name.

    Each epoch visits all rows in a new order, a function of (seed, epoch). The last batch of an epoch may be smaller.
    """
    per_epoch = math.ceil(len(rows) / config.batch_size)
    epoch, index = divmod(step - 1, per_epoch)
    order = _order(len(rows), config.seed, epoch)
    chosen = rows[order[index * config.batch_size : (index + 1) * config.batch_size]]
    return chosen[:, (chosen != PAD).any(dim=0)]


@lru_cache(maxsize=1)
def _order(count: int, seed: int, epoch: int) -> Tensor:
    """The order of `count` names in `epoch` (from 0), cached for the steps of the epoch."""
    generator = torch.Generator().manual_seed(derive_seed(seed, "order", epoch))
    return torch.randperm(count, generator=generator)
