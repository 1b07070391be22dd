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

from makemore.corpus import rows as rows_module
from makemore.corpus.parts import Part, map_part, save_part
from makemore.corpus.rows import Rows
from makemore.corpus.tokens import PAD, encode_names, padded
from makemore.corpus.vocabulary import Vocabulary

VOCABULARY = Vocabulary((".", "a", "b", "c"))
NAMES = st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=40)


def in_parts(names: list[str], cuts: list[int]) -> Rows:
    """The names in several parts: a part starts at each of `cuts`."""
    bounds = sorted({0, len(names), *(cut % (len(names) + 1) for cut in cuts)})
    parts = [encode_names(names[start:end], VOCABULARY) for start, end in pairwise(bounds)]
    symbols = sum(len(part.tokens) for part in parts)
    return Rows([part.names for part in parts], symbols, max(map(len, names)), lambda number: parts[number])


def words(part: Part) -> list[str]:
    return [VOCABULARY.decode(row[1:]) for row in padded(part).tolist()]


@given(names=NAMES, cuts=st.lists(st.integers(0, 99), max_size=5), data=st.data())
def test_parts_make_no_difference(names: list[str], cuts: list[int], data: st.DataObject) -> None:
    rows, whole = in_parts(names, cuts), Rows.of(names, VOCABULARY)
    assert (len(rows), rows.symbols, rows.longest) == (len(whole), whole.symbols, whole.longest)
    assert torch.equal(rows.tensor(), whole.tensor())
    first = data.draw(st.integers(0, len(names)))
    last = data.draw(st.integers(first, len(names)))
    assert words(rows.between(first, last)) == names[first:last]
    numbers = data.draw(st.lists(st.integers(0, len(names) - 1), max_size=10))
    taken = rows.take(np.array(numbers, np.int64))
    assert [VOCABULARY.decode(row[1:]) for row in taken.tolist()] == [names[number] for number in numbers]
    assert torch.equal(taken, whole.take(np.array(numbers, np.int64)))
    count = data.draw(st.integers(0, 50))
    assert torch.equal(rows.some(count).tensor(), whole.some(count).tensor())


@given(names=NAMES, cuts=st.lists(st.integers(0, 99), max_size=5), size=st.integers(1, 20))
def test_chunks_have_a_fixed_number_of_names(names: list[str], cuts: list[int], size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_module, "CHUNK_NAMES", size)
        chunks = [words(chunk) for chunk in in_parts(names, cuts).chunks()]
    assert [name for chunk in chunks for name in chunk] == names
    assert [len(chunk) for chunk in chunks[:-1]] == [size] * (len(chunks) - 1)


def test_chunks_of_long_names_have_few_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "CHUNK_TOKENS", 100)
    rows = Rows.of(["a" * 48] * 5 + ["b"], VOCABULARY)
    assert [chunk.names for chunk in rows.chunks()] == [2, 2, 2]
    monkeypatch.setattr(rows_module, "CHUNK_TOKENS", 1)
    assert [chunk.names for chunk in rows.chunks()] == [1] * 6


def test_some_are_different_names_in_order_from_everywhere() -> None:
    rows = Rows.of(["a" * number for number in range(1, 1001)], VOCABULARY)
    lengths = (rows.some(100).tensor() != PAD).sum(dim=1) - 2
    assert len(lengths) == 100
    assert (lengths.diff() > 0).all()
    assert 350 < lengths.float().mean() < 650
    assert rows.some(1000) is rows


@given(names=NAMES, data=st.data())
def test_names_of_a_part_in_any_order(names: list[str], data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, len(names) - 1), max_size=10))
    taken = encode_names(names, VOCABULARY).take(np.array(numbers, np.int64))
    assert words(taken) == [names[number] for number in numbers]
    assert taken.offsets.dtype == np.uint32


def test_no_names() -> None:
    for rows in (Rows.of([], VOCABULARY), Rows([], 0, 0, lambda _: pytest.fail("there is no part"))):
        assert (len(rows), rows.longest, list(rows.chunks())) == (0, 0, [])
        assert rows.tensor().shape == (0, 1)
        assert rows.some(3) is rows


def resident() -> int:
    """The bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


READERS: dict[str, Callable[[Rows], object]] = {
    "chunks": lambda rows: [chunk.names for chunk in rows.chunks()],
    "parts": lambda rows: [int(part.tokens.max()) for part in rows.parts()],
    "batches": lambda rows: [rows.take(np.arange(n, len(rows), 10_007)).shape for n in range(50)],
}


@pytest.mark.parametrize("reader", list(READERS))
def test_reading_a_file_does_not_keep_it_in_memory(tmp_path: Path, reader: str) -> None:
    """40 MB in 8 parts."""
    names = random.Random(1).choices(["abc", "b", "ccccc", "aaaaaaa"], k=500_000)  # noqa: S311
    part = encode_names(names, VOCABULARY)
    for number in range(8):
        save_part(tmp_path / str(number), part.tokens, part.lengths)
    rows = Rows([part.names] * 8, 8 * len(part.tokens), 7, lambda number: map_part(tmp_path / str(number)))
    READERS[reader](rows)
    before = resident()
    READERS[reader](rows)
    assert resident() - before < 15e6
