"""Names by number: whatever parts they are stored in, and in files or in memory, they are the same."""

import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from makemore.corpus import split_names
from makemore.corpus.parts import Names, map_part, save_part
from makemore.corpus.split_names import SplitNames
from makemore.corpus.tokens import PAD, decode_names, encode_names
from makemore.corpus.vocabulary import Vocabulary

VOCABULARY = Vocabulary((".", "a", "b", "c"))
NAMES = st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=40)
CUTS = st.lists(st.integers(0, 99), max_size=5)


def in_parts(names: list[str], cuts: list[int]) -> SplitNames:
    """The names in several parts: a part starts at each of `cuts`."""
    bounds = sorted({0, len(names), *(cut % (len(names) + 1) for cut in cuts)})
    parts = [encode_names(names[start:end], VOCABULARY) for start, end in pairwise(bounds)]
    symbols = sum(len(part.tokens) for part in parts)
    return SplitNames([len(part) for part in parts], symbols, max(map(len, names)), lambda number: parts[number])


def decoded(names: Names) -> list[str]:
    return decode_names(names, VOCABULARY)


@given(names=NAMES, cuts=CUTS, size=st.integers(1, 20), data=st.data())
def test_parts_make_no_difference(names: list[str], cuts: list[int], size: int, data: st.DataObject) -> None:
    found, whole = in_parts(names, cuts), SplitNames.of(names, VOCABULARY)
    assert (len(found), found.symbols, found.longest) == (len(whole), whole.symbols, whole.longest)
    assert torch.equal(found.tensor(), whole.tensor())
    first = data.draw(st.integers(0, len(names)))
    last = data.draw(st.integers(first, len(names)))
    assert decoded(found.between(first, last)) == names[first:last]
    numbers = np.array(data.draw(st.lists(st.integers(0, len(names) - 1), max_size=10)), np.int64)
    assert [VOCABULARY.decode(row[1:]) for row in found.take(numbers).tolist()] == [names[n] for n in numbers]
    taken = encode_names(names, VOCABULARY).take(numbers)
    assert decoded(taken) == [names[n] for n in numbers]
    assert taken.offsets.dtype == np.uint32
    count = data.draw(st.integers(0, 50))
    assert torch.equal(found.some(count).tensor(), whole.some(count).tensor())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split_names, "BATCH_NAMES", size)
        batches = [decoded(batch) for batch in found.batches()]
    assert batches == [names[start : start + size] for start in range(0, len(names), size)]


@pytest.mark.parametrize(("tokens", "sizes"), [(100, [2, 2, 2]), (1, [1] * 6)])
def test_batches_of_long_names_have_few_of_them(monkeypatch: pytest.MonkeyPatch, tokens: int, sizes: list[int]) -> None:
    monkeypatch.setattr(split_names, "BATCH_TOKENS", tokens)
    assert [len(batch) for batch in SplitNames.of(["a" * 48] * 5 + ["b"], VOCABULARY).batches()] == sizes


def test_some_are_different_names_in_order_from_everywhere() -> None:
    names = SplitNames.of(["a" * number for number in range(1, 1001)], VOCABULARY)
    lengths = (names.some(100).tensor() != PAD).sum(dim=1) - 2
    assert len(lengths) == 100
    assert (lengths.diff() > 0).all()
    assert 350 < lengths.float().mean() < 650
    assert names.some(1000) is names


def test_no_names() -> None:
    for none in (SplitNames.of([], VOCABULARY), SplitNames([], 0, 0, lambda _: pytest.fail("there is no part"))):
        assert (len(none), none.longest, list(none.batches())) == (0, 0, [])
        assert none.tensor().shape == (0, 1)
        assert none.some(3) is none


def resident() -> int:
    """The bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


READERS: dict[str, Callable[[SplitNames], object]] = {
    "batches": lambda names: [len(batch) for batch in names.batches()],
    "parts": lambda names: [int(part.tokens.max()) for part in names.parts()],
    "take": lambda names: [names.take(np.arange(n, len(names), 10_007)).shape for n in range(50)],
}


@pytest.mark.parametrize("reader", list(READERS))
def test_reading_a_file_does_not_keep_it_in_memory(tmp_path: Path, reader: str) -> None:
    """40 MB in 8 parts."""
    part = encode_names(random.Random(1).choices(["abc", "b", "ccccc", "aaaaaaa"], k=500_000), VOCABULARY)  # noqa: S311
    for number in range(8):
        save_part(tmp_path / str(number), part.tokens, part.lengths)
    names = SplitNames([len(part)] * 8, 8 * len(part.tokens), 7, lambda number: map_part(tmp_path / str(number)))
    READERS[reader](names)
    before = resident()
    READERS[reader](names)
    assert resident() - before < 15e6
