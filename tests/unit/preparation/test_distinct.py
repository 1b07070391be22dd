"""Counting distinct hashes, compared with sets, in one range and in many."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore.core.errors import UserError
from makemore.preparation import distinct
from makemore.preparation.distinct import StoredHashes, count_by_split

HASH = st.integers(0, 20) | st.integers(0, 2**64 - 1) | st.integers(2**64 - 20, 2**64 - 1)
CHUNKS = st.lists(st.lists(HASH, max_size=30), max_size=8)


def stored(path: Path, chunks: list[list[int]]) -> list[StoredHashes]:
    """The hashes of each chunk in one file, one chunk after the other."""
    arrays = [np.array(sorted(hashes), np.uint64) for hashes in chunks]
    path.write_bytes(b"".join(array.tobytes() for array in arrays))
    ends = np.cumsum([array.nbytes for array in arrays]).tolist()
    return [StoredHashes(path, end - array.nbytes, len(array)) for end, array in zip(ends, arrays, strict=True)]


def everything(chunks: list[list[int]]) -> list[int]:
    return [each for hashes in chunks for each in hashes]


@given(
    names=CHUNKS,
    dev=CHUNKS,
    bounds=st.lists(HASH, min_size=2, max_size=2).map(sorted),
    size=st.integers(1, 100),
)
def test_counts_are_those_of_sets(
    tmp_path_factory: pytest.TempPathFactory,
    names: list[list[int]],
    dev: list[list[int]],
    bounds: list[int],
    size: int,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distinct, "RANGE", size)
        of_names, of_dev = stored(folder / "names", names), stored(folder / "dev", dev)
        found = count_by_split(of_names, of_dev, np.array(bounds, np.uint64))
    known = {*everything(names)}
    test, dev_split, train = (
        {each for each in known if start <= each < end} for start, end in pairwise([0, *bounds, 2**64])
    )
    assert found.total == len(known)
    assert found.names == {"test": len(test), "dev": len(dev_split), "train": len(train)}
    assert found.dev == len({*everything(dev)})
    assert found.also_in_train == sum(each in train for each in everything(dev))


@pytest.mark.parametrize("dev", [False, True])
@pytest.mark.parametrize("equal", [False, True])
def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dev: bool, equal: bool) -> None:
    """Whether all 2,400 hashes are different or the same, and in either file: a few ranges of them are concatenated."""
    random = np.random.default_rng(1).integers(2**64, size=(40, 60), dtype=np.uint64).tolist()
    many, one = stored(tmp_path / "many", [[7] * 60] * 40 if equal else random), stored(tmp_path / "one", [[1, 2, 3]])
    sizes: list[int] = []
    concatenate = np.concatenate
    monkeypatch.setattr(distinct, "RANGE", 100)
    monkeypatch.setattr(np, "concatenate", lambda arrays: sizes.append(sum(map(len, arrays))) or concatenate(arrays))  # type: ignore[func-returns-value]
    found = count_by_split(one if dev else many, many if dev else one, np.array([2**62, 2**63], np.uint64))
    assert (found.dev, found.total) == ((1 if equal else 2400, 3)[:: 1 if dev else -1])
    assert max(sizes) <= (2 * 100 + 60 if equal else 150)


def test_file_that_became_shorter_is_an_error(tmp_path: Path) -> None:
    chunks, bounds = stored(tmp_path / "hashes", [[1, 2, 3]]), np.array([1, 2], np.uint64)
    (tmp_path / "hashes").write_bytes(bytes(16))
    with pytest.raises(UserError, match="hashes: damaged, shorter than before; delete it and run `dvc repro`"):
        count_by_split(chunks, [], bounds)
    (tmp_path / "hashes").unlink()
    with pytest.raises(UserError, match="hashes: cannot be read: No such file"):
        count_by_split(chunks, [], bounds)
