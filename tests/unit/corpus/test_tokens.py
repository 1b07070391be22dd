"""Names as tokens, ragged and as padded rows."""

import numpy as np
import pytest
import torch
from hypothesis import given

from makemore.core.errors import UserError
from makemore.corpus.tokens import PAD, decode_names, encode_names, inputs_and_targets, padded
from makemore.corpus.vocabulary import Vocabulary
from tests.unit.corpus.strategies import NAMES


def test_tokens_rows_inputs_and_targets_of_two_names() -> None:
    names = encode_names(["emma", "a"], Vocabulary.of(["emma"], "."))
    assert names.tokens.tolist() == [2, 3, 3, 1, 0, 1, 0]
    assert names.offsets.tolist() == [0, 5, 7]
    assert names.positions().tolist() == [0, 1, 2, 3, 4, 0, 1]
    rows = padded(names)
    assert rows.dtype == torch.int64
    assert rows.tolist() == [[0, 2, 3, 3, 1, 0], [0, 1, 0, PAD, PAD, PAD]]
    inputs, targets = inputs_and_targets(rows)
    assert inputs.tolist() == [[0, 2, 3, 3, 1], [0, 1, 0, 0, 0]]
    assert targets.tolist() == [[2, 3, 3, 1, 0], [1, 0, PAD, PAD, PAD]]


@given(NAMES)
def test_each_row_is_its_name_between_end_markers(names: list[str]) -> None:
    vocabulary, longest = Vocabulary.of(names, "."), max(map(len, names))
    expected = [[0, *vocabulary.encode(name), 0] for name in names]
    found = encode_names(names, vocabulary)
    assert padded(found).tolist() == [row + [PAD] * (longest + 2 - len(row)) for row in expected]
    assert decode_names(found, vocabulary) == names


def test_no_names_give_no_rows() -> None:
    names = encode_names([], Vocabulary((".", "a")))
    assert (len(names), names.longest, padded(names).shape) == (0, 0, (0, 1))


@pytest.mark.parametrize("name", ["xi", "e.", "e\nm", "\U0010ffff"])
def test_unknown_characters_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="is not in the vocabulary"):
        encode_names(["emma", name], Vocabulary.of(["emma"], "."))


@pytest.mark.parametrize(
    ("size", "dtype"), [(256, np.uint8), (257, np.uint16), (2**16, np.uint16), (2**16 + 1, np.uint32)]
)
def test_tokens_are_as_small_as_the_vocabulary_allows(size: int, dtype: type) -> None:
    symbols = [chr(code) for code in range(0xF0000, 0xF0000 + size - 1)]
    names = encode_names(["".join(symbols)], Vocabulary((".", *symbols)))
    assert names.tokens.dtype == dtype
    assert names.tokens.tolist() == [*range(1, size), 0]
