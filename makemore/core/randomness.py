"""Seeds for torch's random number generators."""

import hashlib


def derive_seed(seed: int, *purpose: str | int) -> int:
    """A seed of 32 bits for one purpose, such as `derive_seed(seed, "dropout", step)`.

    It is a hash of everything, because torch's CPU generator (a Mersenne Twister) ignores all but the lower 32 bits of
    a seed: numbers packed into the upper half would have no effect.
    """
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest())
