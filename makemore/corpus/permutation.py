"""A random order of any number of things, computed one position at a time: no list of them has to be in memory.

A Feistel network turns any function f into a permutation of the numbers below 4 ** n: it splits a number into halves of
n bits and, a few times, replaces (left, right) by (right, left XOR f(right)). Each round can be undone, so no two
numbers end in the same place. For a count that is not a power of 4, a number that lands outside is sent through the
network again, until it lands inside (cycle walking); since 4 ** n is less than four times the count, that is soon.

Source: Black & Rogaway, "Ciphers with Arbitrary Finite Domains" (2002), method 3; Luby & Rackoff, "How to Construct
Pseudorandom Permutations from Pseudorandom Functions" (1988). f is the last step of MurmurHash64A (hashing.py).
"""

import numpy as np
from numpy.typing import NDArray

from makemore.corpus.hashing import finalised

_ROUNDS = 8
_KEY_STEP = 0x9E3779B97F4A7C15  # 2 ** 64 / golden ratio: the keys of the rounds differ in many bits


def permuted(positions: NDArray[np.int64], count: int, key: int) -> NDArray[np.int64]:
    """What is at these positions of a random order of the numbers 0 ... count - 1: int64, as many as positions.

    positions: int64, each below `count`
    key: any integer; another key, another order
    """
    half = max(1, ((count - 1).bit_length() + 1) // 2)  # bits
    keys = [np.uint64((key + number * _KEY_STEP) % 2**64) for number in range(1, _ROUNDS + 1)]
    found = _network(positions.astype(np.uint64), half, keys)
    outside = np.flatnonzero(found >= count)
    while len(outside):
        found[outside] = _network(found[outside], half, keys)
        outside = outside[found[outside] >= count]
    return found.astype(np.int64)


def _network(numbers: NDArray[np.uint64], half: int, keys: list[np.uint64]) -> NDArray[np.uint64]:
    bits, mask = np.uint64(half), np.uint64(2**half - 1)
    left, right = numbers >> bits, numbers & mask
    for key in keys:
        left, right = right, left ^ (finalised(right + key) & mask)
    return (left << bits) | right
