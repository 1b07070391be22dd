"""Bigrams of few and of thousands of symbols: counted and stored in a table, or by code."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given

from makemore.core.errors import UserError
from makemore.core.layout import BIGRAMS_FILE
from makemore.corpus import bigrams as counting
from makemore.corpus.bigrams import LARGEST_TABLE_SYMBOLS, bigram_table, count_bigrams, load_bigrams, save_bigrams
from makemore.corpus.tally import Tally
from makemore.corpus.tokens import encode_names
from makemore.corpus.vocabulary import Vocabulary
from makemore.models.base.catalog import build, parse_config
from tests.conftest import CONFIGS
from tests.unit.corpus.strategies import NAMES


@given(NAMES)
def test_counts_of_bytes_in_a_table_and_by_sorting_are_those_of_a_loop(names: list[str]) -> None:
    vocabulary = Vocabulary.of(names, ".")
    tokens, size = encode_names(names, vocabulary).tokens, len(vocabulary)
    of_bytes, small = count_bigrams(tokens, size), count_bigrams(tokens.astype(np.uint16), size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "_SMALL_TABLE_SYMBOLS", 0)
        large = count_bigrams(tokens.astype(np.uint32), size)
    assert of_bytes.pairs() == small.pairs() == large.pairs()
    symbols = vocabulary.symbols
    expected = Counter(pair for name in names for pair in zip("." + name, name + ".", strict=True))
    assert {(symbols[code // size], symbols[code % size]): count for code, count in large.pairs()} == expected
    table = bigram_table(large, size).flatten()
    assert Tally.of_table(table).pairs() == large.pairs()


@pytest.mark.parametrize(("largest", "keys"), [(5_000, {"train"}), (3, {"train.bigrams", "train.counts"})])
def test_counts_are_stored_as_a_table_if_it_is_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, largest: int, keys: set[str]
) -> None:
    monkeypatch.setattr(counting, "LARGEST_TABLE_SYMBOLS", largest)
    path, bigrams = tmp_path / BIGRAMS_FILE, count_bigrams(np.array([1, 2, 0, 3, 0], np.uint8), 4)
    save_bigrams(path, bigrams, 4)
    assert safetensors.numpy.load_file(path).keys() == keys
    assert load_bigrams(path, 4).pairs() == bigrams.pairs() == [(1, 1), (3, 1), (6, 1), (8, 1), (12, 1)]


@pytest.mark.parametrize("model", ["count", "bigram"])
def test_models_with_a_table_of_all_pairs_refuse_a_large_vocabulary(model: str) -> None:
    vocabulary = Vocabulary((".", *map(chr, range(0x4E00, 0x4E00 + LARGEST_TABLE_SYMBOLS))))
    with pytest.raises(UserError, match=r"at most 5,000 symbols, but the corpus has 5,001"):
        build(parse_config(model, CONFIGS[model]), vocabulary, longest=2)
