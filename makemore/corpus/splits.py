"""The split into train, dev and test: a hash of (seed, name).

All copies of a name are in the same split, so nothing leaks from train into dev or test, and adding a name moves no
other name. The hash is MurmurHash64A of the name's UTF-8 bytes, with data.seed as its seed (hashing.py). As a fraction
of 2 ** 64, a hash below data.test_share means test, one below data.test_share + data.dev_share dev, and others train.
"""

import numpy as np
from numpy.typing import NDArray

SPLITS = ("train", "dev", "test")


def split_bounds(dev_share: float, test_share: float) -> NDArray[np.uint64]:
    """The hashes from which on a name is no longer in test, and no longer in dev: uint64 (2)."""
    return np.array([int(share * 2**64) for share in (test_share, test_share + dev_share)], np.uint64)


def split_numbers(hashes: NDArray[np.uint64], dev_share: float, test_share: float) -> NDArray[np.uint8]:
    """The split of each of the names with these hashes, as an index of SPLITS: uint8 (names)."""
    below_test, below_dev = split_bounds(dev_share, test_share)
    # A hash of test is below both bounds, one of train below neither.
    numbers: NDArray[np.uint8] = (hashes < below_dev).view(np.uint8) + (hashes < below_test)
    return numbers
