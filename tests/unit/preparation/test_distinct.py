"""Counting distinct hashes, compared with sets; in memory and in runs on disk."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore.preparation import distinct
from makemore.preparation.distinct import DistinctHashes

HASHES = st.lists(st.integers(0, 20) | st.integers(0, 2**64 - 1) | st.integers(2**64 - 20, 2**64 - 1), max_size=30)


@given(parts=st.lists(HASHES, max_size=8), bounds=HASHES, size=st.integers(2, 100))
def test_counts_are_those_of_a_set(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[int]], bounds: list[int], size: int
) -> None:
    found = DistinctHashes(tmp_path_factory.getbasetemp() / "hashes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distinct, "RUN_HASHES", size)
        for part in parts:
            found.add(np.array(part, np.uint64))
        everything = {each for part in parts for each in part}
        ends = [0, *sorted(bounds), 2**64]
        expected = [sum(start <= each < end for each in everything) for start, end in pairwise(ends)]
        assert found.counts(np.array(sorted(bounds), np.uint64)) == expected
        queries = [*everything, *range(30)]
        assert found.contains(np.array(queries, np.uint64)).tolist() == [each in everything for each in queries]


def test_runs_are_written_when_memory_would_be_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "RUN_HASHES", 100)
    found = DistinctHashes(tmp_path / "hashes")
    for start in range(0, 1000, 30):
        found.add(np.arange(start, start + 60, dtype=np.uint64))
    assert len(list(tmp_path.iterdir())) > 5
    assert found.counts(np.array([500], np.uint64)) == [500, 550]


def test_equal_hashes_stay_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "RUN_HASHES", 100)
    found = DistinctHashes(tmp_path / "hashes")
    for _ in range(100):
        found.add(np.full(90, 7, np.uint64))
    assert list(tmp_path.iterdir()) == []
    assert found.counts(np.zeros(0, np.uint64)) == [1]
