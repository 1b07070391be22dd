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
    return names.take(numbers_of_batch(len(names), config.batch_size, config.seed, "order", step))


def numbers_of_batch(count: int, size: int, seed: int, order: str, step: int) -> NDArray[np.int64]:
    """Which of `count` names step `step` takes, `size` at a time; none if one of the two is 0.

    order: which of several orders of a seed
    """
    if not count or not size:
        return np.zeros(0, np.int64)
    epoch, index = divmod(step - 1, math.ceil(count / size))
    start, stop = index * size, min((index + 1) * size, count)
    key = derive_seed(seed, order, epoch)
    blocks = [_order(count, key, block) for block in range(start // _BLOCK, math.ceil(stop / _BLOCK))]
    first = start // _BLOCK * _BLOCK
    return np.concatenate(blocks)[start - first : stop - first]


@lru_cache(maxsize=4)
def _order(count: int, key: int, block: int) -> NDArray[np.int64]:
    """The names at the positions of this block in a random order of `count` names."""
    return permuted(np.arange(block * _BLOCK, min((block + 1) * _BLOCK, count)), count, key)
