"""The stateless random order: a permutation for any count and key, and as random as a shuffled list."""

import numpy as np
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
