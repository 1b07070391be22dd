"""Mini-batches: which names optimiser step n trains on, as a function of (seed, n)."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from makemore.core.randomness import derive_seed
from makemore.corpus.permutation import permuted
from makemore.corpus.split_names import SplitNames
from makemore.models.base.config import TrainingConfig

_BLOCK = 2**14  # names whose places in the order are computed at once, because that is faster than batch by batch


def batch(names: SplitNames, config: TrainingConfig, step: int) -> Tensor:
    """The names of optimiser step `step` (from 1): int64 (names, width), padded to the longest of them.

    Each epoch visits all names in a new order, a function of (seed, epoch). The last batch of an epoch may be smaller.
    """
    per_epoch = math.ceil(len(names) / config.batch_size)
    epoch, index = divmod(step - 1, per_epoch)
    start, stop = index * config.batch_size, min((index + 1) * config.batch_size, len(names))
    key = derive_seed(config.seed, "order", epoch)
    blocks = [_order(len(names), key, block) for block in range(start // _BLOCK, math.ceil(stop / _BLOCK))]
    first = start // _BLOCK * _BLOCK
    return names.take(np.concatenate(blocks)[start - first : stop - first])


@lru_cache(maxsize=2)
def _order(count: int, key: int, block: int) -> NDArray[np.int64]:
    """The names at the positions of this block in a random order of `count` names."""
    return permuted(np.arange(block * _BLOCK, min((block + 1) * _BLOCK, count)), count, key)
