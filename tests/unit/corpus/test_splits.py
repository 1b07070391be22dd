"""The split by a hash of (seed, name)."""

import numpy as np
import pytest

from makemore.corpus.splits import SPLITS, split_numbers

HASHES = np.arange(1000, dtype=np.uint64) << np.uint64(54)  # spread over 0 ... 2 ** 64 * 1000 / 1024


def split_of(share: float, dev_share: float = 0.2, test_share: float = 0.1) -> str:
    """The split of a name whose hash is this fraction of 2 ** 64."""
    return SPLITS[split_numbers(np.array([int(share * 2**64)], np.uint64), dev_share, test_share)[0]]


@pytest.mark.parametrize(
    ("share", "split"),
    [(0.0, "test"), (0.0999, "test"), (0.1001, "dev"), (0.2999, "dev"), (0.3001, "train"), (0.9999, "train")],
)
def test_splits_are_ranges_of_the_hash(share: float, split: str) -> None:
    assert split_of(share) == split


def test_share_of_zero_means_no_names() -> None:
    assert set(split_numbers(HASHES, 0.0, 0.0)) == {0}
    assert split_of(0.0, dev_share=0.3, test_share=0.0) == "dev"


def test_without_a_dev_share_test_stays_and_dev_becomes_train() -> None:
    with_dev, without = split_numbers(HASHES, 0.2, 0.1), split_numbers(HASHES, 0.0, 0.1)
    assert np.array_equal(with_dev == 2, without == 2)
    assert ((with_dev == 1) <= (without == 0)).all()
