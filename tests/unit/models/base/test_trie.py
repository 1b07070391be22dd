"""Prefix-trie rows, compared with sets of prefixes."""

from collections import Counter

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.corpus.split_names import SplitNames
from makemore.corpus.vocabulary import Vocabulary
from makemore.models.base.trie import SLOTS, trie_rows

NAMES = st.lists(st.text("abc", max_size=20), min_size=1, max_size=40)
VOCABULARY = Vocabulary((".", "a", "b", "c"))


@settings(max_examples=50)
@given(NAMES)
def test_each_prefix_attends_to_its_own_prefixes_and_counts_the_next_symbols(names: list[str]) -> None:
    rows = SplitNames.of(names, VOCABULARY).tensor()
    source, positions, visible, counts = trie_rows(rows, len(VOCABULARY))
    tokens = rows[:, :-1].flatten()[source]
    found: Counter[tuple[str, str]] = Counter()
    for row in range(len(tokens)):
        for slot in range(tokens.shape[1]):
            seen = visible[row, slot].nonzero().squeeze(1)
            if counts[row, slot].sum() == 0:
                assert seen.tolist() == [slot], "an unused slot sees only itself"
                continue
            assert positions[row, seen].tolist() == list(range(len(seen))), "the ancestors, in order, and itself"
            prefix = "".join(VOCABULARY.symbols[token] for token in tokens[row, seen].tolist())
            for symbol, count in zip(VOCABULARY.symbols, counts[row, slot].tolist(), strict=True):
                found[prefix, symbol] += int(count)
    expected = Counter((f".{name}"[: end + 1], f"{name}."[end]) for name in names for end in range(len(name) + 1))
    assert +found == expected


@settings(max_examples=50)
@given(NAMES)
def test_no_row_has_a_prefix_twice(names: list[str]) -> None:
    rows = SplitNames.of(names, VOCABULARY).tensor()
    source, _, visible, counts = trie_rows(rows, len(VOCABULARY))
    tokens = rows[:, :-1].flatten()[source]
    assert tokens.shape[1] % SLOTS == 0
    for row in range(len(tokens)):
        used = (counts[row].sum(dim=-1) > 0).nonzero().squeeze(1).tolist()
        prefixes = [tuple(tokens[row, visible[row, slot]].tolist()) for slot in used]
        assert len(set(prefixes)) == len(prefixes) > 0


def test_three_names_in_one_row() -> None:
    """The example in the module's docstring."""
    vocabulary = Vocabulary.of(["anna", "andy"], ".")
    rows = SplitNames.of(["anna", "andy", "ann"], vocabulary).tensor()
    source, positions, _, counts = trie_rows(rows, len(vocabulary))
    tokens = rows[:, :-1].flatten()[source]
    assert source.shape == (1, SLOTS)
    assert "".join(vocabulary.symbols[token] for token in tokens[0, :7].tolist()) == ".andyna"
    assert positions[0, :7].tolist() == [0, 1, 2, 3, 4, 3, 4]
    assert counts[0, 2].tolist() == [0, 0, 1, 2, 0], "after `. a n`, d comes once and n twice"
    assert torch.equal(counts.sum(dim=-1)[0, 7:], torch.zeros(SLOTS - 7))
