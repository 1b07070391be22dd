"""Counting distinct hashes, compared with sets; in memory and in files."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore.preparation import distinct
from makemore.preparation.distinct import BUCKETS, HashBuckets, count_by_split

HASH = st.integers(0, 20) | st.integers(0, 2**64 - 1) | st.integers(2**64 - 20, 2**64 - 1)
PARTS = st.lists(st.lists(HASH, max_size=30), max_size=8)


def collected(path: Path, parts: list[list[int]]) -> HashBuckets:
    buckets = HashBuckets(path)
    for part in parts:
        buckets.add(np.array(part, np.uint64))
    return buckets


def everything(parts: list[list[int]]) -> list[int]:
    return [each for part in parts for each in part]


@given(parts=PARTS, size=st.integers(2, 100))
def test_buckets_hold_all_hashes(tmp_path_factory: pytest.TempPathFactory, parts: list[list[int]], size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distinct, "MOST_IN_MEMORY", size)
        patch.setattr(distinct, "BLOCK", 7)
        found = collected(tmp_path_factory.getbasetemp() / "hashes", parts)
        blocks = [np.zeros(0, np.uint64)]
        blocks += [block for bucket in range(BUCKETS) for block in found.blocks(bucket)]
        ascending = np.concatenate([found.distinct(bucket) for bucket in range(BUCKETS)])
    assert sorted(np.concatenate(blocks).tolist()) == sorted(everything(parts))
    assert all(len(block) <= 30 for block in blocks)
    assert ascending.tolist() == sorted({*everything(parts)}), "equal hashes are in one bucket"


@given(names=PARTS, dev=PARTS, bounds=st.lists(HASH, min_size=2, max_size=2).map(sorted), size=st.integers(2, 100))
def test_counts_are_those_of_sets(
    tmp_path_factory: pytest.TempPathFactory,
    names: list[list[int]],
    dev: list[list[int]],
    bounds: list[int],
    size: int,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distinct, "MOST_IN_MEMORY", size)
        hashes = [collected(folder / name, parts) for name, parts in (("names", names), ("dev", dev))]
        found = count_by_split(hashes[0], hashes[1], np.array(bounds, np.uint64))
    known = {*everything(names)}
    test, of_dev, train = (
        {each for each in known if start <= each < end} for start, end in pairwise([0, *bounds, 2**64])
    )
    assert found.names == {"test": len(test), "dev": len(of_dev), "train": len(train)}
    assert found.dev == len({*everything(dev)})
    assert found.also_in_train == sum(each in train for each in everything(dev))


def test_hashes_are_written_when_memory_would_be_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "MOST_IN_MEMORY", 100)
    hashes = [[number << 54 for number in range(start, start + 60)] for start in range(0, 960, 30)]
    buckets = collected(tmp_path / "hashes", hashes)
    assert len(list(tmp_path.iterdir())) == BUCKETS
    assert sum(len(block) for bucket in range(BUCKETS) for block in buckets.blocks(bucket)) == 32 * 60


def test_files_of_a_killed_process_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "MOST_IN_MEMORY", 1)
    collected(tmp_path / "hashes", [[1, 2, 3]])
    assert list(tmp_path.iterdir())
    assert sum(len(collected(tmp_path / "hashes", []).distinct(bucket)) for bucket in range(BUCKETS)) == 0
