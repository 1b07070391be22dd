"""Tallies, compared with Counter: counted in parts and merged in any grouping, they are the same."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from makemore.corpus.tally import Merger, Tally

CODES = st.lists(st.integers(0, 50))


def as_dict(tally: Tally) -> dict[int, int]:
    assert (np.diff(tally.codes) > 0).all()
    return dict(tally.pairs())


@given(CODES)
def test_counts_are_those_of_a_loop(codes: list[int]) -> None:
    array = np.array(codes, np.int64)
    assert as_dict(Tally.of(array)) == as_dict(Tally.of_small(array)) == Counter(codes)
    assert as_dict(Tally.of_small(array.astype(np.uint8))) == Counter(codes)
    assert Tally.of(array).total == len(codes)


@given(st.lists(CODES, max_size=20))
def test_merged_parts_are_the_whole(parts: list[list[int]]) -> None:
    merger = Merger(Tally.merged)
    for part in parts:
        merger.add(Tally.of(np.array(part, np.int64)))
    assert as_dict(merger.result()) == Counter(code for part in parts for code in part)


def test_nothing_has_an_empty_tally() -> None:
    assert as_dict(Merger(Tally.merged).result()) == {}
