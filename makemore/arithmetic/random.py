"""Random numbers: the same for a seed on every machine, made of the raw integers of a Mersenne Twister.

They are those of torch's CPU generator to the last bits of a logarithm: `torch.randn(27, 27)` and `torch.multinomial`
with a seed give the figures and names of Karpathy's lectures, and so does this. torch computes the logarithms and the
cosines in between with the vector instructions of the CPU; here they are exact arithmetic.

Initial weights and dropout come from a generator of the process, as in torch: `manual_seed` restarts it.

Source: Matsumoto & Nishimura, "Mersenne Twister" (1998), as numpy's RandomState seeds it; Box & Muller, "A Note on the
Generation of Random Normal Deviates" (1958).
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from makemore.arithmetic.elementary import cos_sin, log64

_PAIRS = 8  # of normal numbers that torch makes from 16 uniform ones at a time


class Generator:
    """A stream of random numbers. seed: a number, as for torch, or several, for one stream of many."""

    def __init__(self, *seed: int) -> None:
        words = [each % 2**32 for each in seed]
        self._bits: Any = np.random.RandomState(words if len(words) > 1 else words[0])._bit_generator

    def raw(self, number: int) -> NDArray[np.uint64]:
        """The next integers of 32 bits."""
        return self._bits.random_raw(number)  # type: ignore[no-any-return]

    def uniform(self, number: int) -> Tensor:
        """Multiples of 2^-24 in [0, 1): float64 (number)."""
        return torch.from_numpy((self.raw(number) & np.uint64(2**24 - 1)).astype(np.float64)) * 2.0**-24

    def normal(self, number: int) -> Tensor:
        """Standard normal numbers: float32 (number). They are those of torch.randn if there are at least 16."""
        blocks = self.uniform(max(number, 2 * _PAIRS))
        whole = number // (2 * _PAIRS) * (2 * _PAIRS)
        found = _box_muller(blocks[:whole])
        if whole == number:
            return found
        # The last 16 are made again, from new numbers, if 16 does not divide the number.
        last = _box_muller(self.uniform(2 * _PAIRS) if whole else blocks)
        return torch.cat([found[: max(0, number - 2 * _PAIRS)], last])[-number:] if whole else last[:number]

    def exponential(self, number: int) -> Tensor:
        """Numbers with a mean of 1: float32 (number)."""
        return exponential(self.raw(2 * number))


def exponential(raw: NDArray[np.uint64]) -> Tensor:
    """Numbers with a mean of 1 from pairs of integers: float32 (pairs)."""
    high, low = raw.reshape(-1, 2).T
    fraction = (((high & np.uint64(2**21 - 1)) << np.uint64(32)) | low).astype(np.float64)  # of 53 bits
    return log64(1.0 - torch.from_numpy(fraction) * 2.0**-53).neg_().float()


_of_process = Generator(0)


def manual_seed(seed: int) -> None:
    """Restarts the generator of the process, and torch's, which native arithmetic uses for dropout."""
    global _of_process  # noqa: PLW0603 (like torch's)
    _of_process = Generator(seed)
    torch.manual_seed(seed)


def uniform(shape: Sequence[int], limit: float) -> Tensor:
    """Numbers between -limit and limit: float32."""
    if _is_meta():
        return torch.empty(*shape)
    return ((_of_process.uniform(prod(shape)) * 2.0 - 1.0) * limit).float().view(*shape)


def normal(shape: Sequence[int], std: float = 1.0) -> Tensor:
    """Normal numbers with mean 0: float32."""
    if _is_meta():
        return torch.empty(*shape)
    return (_of_process.normal(prod(shape)) * std).view(*shape)


def keep(shape: Sequence[int], p: float, device: torch.device) -> Tensor:
    """What dropout multiplies by: 0 with probability `p`, in steps of 2^-16, otherwise 1 / (1 - p): float32."""
    number = prod(shape)
    halves = _of_process.raw((number + 1) // 2).astype(np.uint32).view(np.uint16)[:number]
    kept = torch.from_numpy((halves >= round(p * 2**16)).reshape(shape))
    return kept.to(device).float().mul_(1 / (1 - p))


def _is_meta() -> bool:
    """Whether tensors are made that have a shape, but no memory."""
    return torch.get_default_device().type == "meta"


def _box_muller(uniform: Tensor) -> Tensor:
    """Normal numbers from uniform ones, 16 at a time: float32, like torch.randn."""
    first, second = uniform.view(-1, 2, _PAIRS).unbind(1)
    radius = torch.from_numpy(np.sqrt(log64(1.0 - first).mul_(-2.0).numpy()))  # that of torch is not correctly rounded
    cosine, sine = cos_sin(second)
    return torch.stack([radius * cosine, radius * sine], dim=1).flatten().float()
