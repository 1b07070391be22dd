"""The stateless random order: a permutation for any count and key, and as random as a shuffled list."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore.corpus.permutation import permuted


@given(count=st.integers(1, 3000), key=st.integers(0, 2**32 - 1))
def test_every_number_comes_once(count: int, key: int) -> None:
    assert sorted(permuted(np.arange(count), count, key).tolist()) == list(range(count))


@given(count=st.integers(1, 2**62), key=st.integers(0, 2**64), data=st.data())
def test_each_position_can_be_computed_alone(count: int, key: int, data: st.DataObject) -> None:
    positions = np.array(data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=20)))
    found = permuted(positions, count, key)
    assert found.tolist() == [int(permuted(positions[n : n + 1], count, key)[0]) for n in range(len(positions))]
    assert ((found >= 0) & (found < count)).all()
    assert len(set(found.tolist())) == len(set(positions.tolist()))


def test_no_positions() -> None:
    assert permuted(np.arange(0), 10, 1).tolist() == []


@pytest.mark.parametrize("count", [2, 3, 7, 50, 1000, 6939])
def test_every_number_is_equally_likely_everywhere(count: int) -> None:
    """The place of one number, and that of the next, over many keys: chi-square in up to 16 by 16 cells."""
    keys, cells = 4000, min(count, 16)
    found = np.array([permuted(np.array([0, count - 1]), count, key) * cells // count for key in range(keys)])
    size = np.bincount(np.arange(count) * cells // count) / count
    for column in found.T:
        expected = keys * size
        chi_square = ((np.bincount(column, minlength=cells) - expected) ** 2 / expected).sum()
        assert chi_square < cells - 1 + 4 * (2 * max(1, cells - 1)) ** 0.5


def test_orders_of_two_keys_are_unrelated() -> None:
    first, second = (permuted(np.arange(10_000), 10_000, key) for key in (1, 2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.04
    assert abs(np.corrcoef(first, np.arange(10_000))[0, 1]) < 0.04
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.04
