"""Token rows and bigram counts, compared with loops over characters."""

from collections import Counter

import pytest
import torch
from hypothesis import given

from makemore.core.errors import UserError
from makemore.core.tokens import PAD, bigram_counts, encode_rows, inputs_and_targets
from makemore.core.vocabulary import Vocabulary
from tests.unit.core.strategies import NAMES


def test_rows_inputs_and_targets_of_two_names() -> None:
    rows = encode_rows(["emma", "a"], Vocabulary.of(["emma"], "."), longest=4)
    assert rows.dtype == torch.int64
    assert rows.tolist() == [[0, 2, 3, 3, 1, 0], [0, 1, 0, PAD, PAD, PAD]]
    inputs, targets = inputs_and_targets(rows)
    assert inputs.tolist() == [[0, 2, 3, 3, 1], [0, 1, 0, 0, 0]]
    assert targets.tolist() == [[2, 3, 3, 1, 0], [1, 0, PAD, PAD, PAD]]


@given(NAMES)
def test_each_row_is_its_name_between_end_markers(names: list[str]) -> None:
    vocabulary, longest = Vocabulary.of(names, "."), max(map(len, names)) + 1
    expected = [[0, *vocabulary.encode(name), 0] for name in names]
    assert encode_rows(names, vocabulary, longest).tolist() == [
        row + [PAD] * (longest + 2 - len(row)) for row in expected
    ]


def test_no_names_give_no_rows() -> None:
    assert encode_rows([], Vocabulary((".", "a")), longest=4).shape == (0, 6)


@pytest.mark.parametrize("name", ["xi", "e.", "e\nm", "\U0010ffff"])
def test_unknown_characters_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="is not in the vocabulary"):
        encode_rows(["emma", name], Vocabulary.of(["emma"], "."), longest=4)


@given(NAMES)
def test_bigram_counts_are_those_of_a_loop(names: list[str]) -> None:
    vocabulary = Vocabulary.of(names, ".")
    expected = Counter(pair for name in names for pair in zip("." + name, name + ".", strict=True))
    counts = bigram_counts(encode_rows(names, vocabulary, max(map(len, names))), len(vocabulary))
    found = {
        (vocabulary.symbols[row], vocabulary.symbols[column]): int(counts[row, column])
        for row, column in counts.nonzero().tolist()
    }
    assert found == expected
