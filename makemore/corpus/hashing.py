"""A stable, seeded 64-bit hash of many short texts at once: MurmurHash64A, vectorised over the texts.

A text is read in blocks of 8 bytes, little-endian; each block is mixed and then combined with the hash so far:

    h = seed ^ (length * M)
    for each block k:              k = k * M;  k = k ^ (k >> 47);  k = k * M;  h = (h ^ k) * M
    if 1 to 7 bytes t remain:      h = (h ^ t) * M
    h = h ^ (h >> 47);  h = h * M;  h = h ^ (h >> 47)              all modulo 2 ** 64

Many texts are at the same block at the same time, so a step is a few operations on arrays, and there is no loop over
texts. The hash is not cryptographic: somebody who wants two texts with the same hash can find them.

Source: Austin Appleby, MurmurHash2.cpp in SMHasher (public domain), https://github.com/aappleby/smhasher.
"""

import numpy as np
from numpy.typing import NDArray

TEXTS_AT_ONCE = 2**14  # their arrays fit into the cache of a core

_M = np.uint64(0xC6A4A7935BD1E995)
_SHIFT = np.uint64(47)
_FIRST_BYTES = np.array([2 ** (8 * count) - 1 for count in range(8)], np.uint64)  # masks for 0 to 7 bytes
_FACTORS = np.array([1, *[_M] * 7], np.uint64)  # of the last step for 0 to 7 remaining bytes


def hash_texts(
    data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64], seed: int
) -> NDArray[np.uint64]:
    """The hash of each text `data[start:end]`: uint64 (texts).

    starts, ends: int64 (texts), in bytes
    seed: 0 <= seed < 2 ** 64
    """
    words, hashes = _words(data), np.empty(len(starts), np.uint64)
    for first in range(0, len(starts), TEXTS_AT_ONCE):
        some = slice(first, first + TEXTS_AT_ONCE)
        hashes[some] = _hash(words, starts[some], ends[some], seed)
    return hashes


def _hash(
    words: NDArray[np.uint64], starts: NDArray[np.int64], ends: NDArray[np.int64], seed: int
) -> NDArray[np.uint64]:
    """The hash of each text; `words` are those of `_words`."""
    lengths = ends - starts
    h = lengths.astype(np.uint64)
    h *= _M
    h ^= np.uint64(seed)
    block, longer = 0, np.flatnonzero(lengths >= 8)  # the texts that have this block
    while len(longer):
        k = words[starts[longer] + 8 * block]
        k *= _M
        k ^= k >> _SHIFT
        k *= _M
        k ^= h[longer]
        k *= _M
        h[longer] = k
        block += 1
        longer = longer[lengths[longer] >= 8 * (block + 1)]
    rest = lengths & 7
    h ^= words[ends - rest] & _FIRST_BYTES[rest]
    h *= _FACTORS[rest]
    return finalised(h)


def finalised(h: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The last step of the hash: it spreads every bit of `h` over all bits."""
    h ^= h >> _SHIFT
    h *= _M
    h ^= h >> _SHIFT
    return h


def _words(data: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The 8 bytes that start at each byte of `data`, and one place after it, as numbers; zeros follow the data."""
    padded = np.concatenate([data, np.zeros(8, np.uint8)])
    return np.ndarray((len(data) + 1,), np.dtype("<u8"), buffer=padded, strides=(1,))
