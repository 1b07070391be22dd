"""How far apart two versions of an output file are."""

import math
import re

TOLERANCE = 0.02  # `distance` up to which outputs are equal within tolerance
_NUMBER = re.compile(r"(-?\d+\.?\d*(?:[eE][-+]?\d+)?)")


def distance(name: str, old: bytes, new: bytes) -> float:
    """The largest difference of two numbers at the same place, relative to max(1, their size).

    Infinite if anything besides numbers differs.
    """
    if name.endswith(".safetensors"):
        return _distance_of_tensors(old, new)
    texts = _NUMBER.split(old.decode(errors="replace")), _NUMBER.split(new.decode(errors="replace"))
    if texts[0][::2] != texts[1][::2]:
        return float("inf")
    pairs = zip(map(float, texts[0][1::2]), map(float, texts[1][1::2]), strict=True)
    return max((abs(a - b) / max(1.0, abs(a), abs(b)) for a, b in pairs), default=0.0)


def _distance_of_tensors(old: bytes, new: bytes) -> float:
    import safetensors.torch  # not at the top: other commands need no torch

    first, second = safetensors.torch.load(old), safetensors.torch.load(new)
    if {name: tensor.shape for name, tensor in first.items()} != {
        name: tensor.shape for name, tensor in second.items()
    }:
        return float("inf")
    pairs = ((first[name].double(), second[name].double()) for name in first)
    distances = [((a - b).abs() / a.abs().clamp(min=1)).max().item() for a, b in pairs if a.numel()]
    return float("inf") if any(map(math.isnan, distances)) else max(distances, default=0.0)  # max() may skip a NaN
