"""The prepared corpus: its files and its data card."""

from pathlib import Path

import pytest
import torch
from hypothesis import given

from makemore.core.corpus import Corpus, data_card
from makemore.core.errors import UserError
from makemore.core.layout import TOKENS_FILE, VOCABULARY_FILE
from makemore.core.tokens import bigram_counts
from makemore.core.vocabulary import Vocabulary
from tests.conftest import WORDS
from tests.unit.core.strategies import NAMES


@given(NAMES)
def test_corpus_gives_back_its_words(names: list[str]) -> None:
    corpus = Corpus.of({"train": names, "dev": names[:1], "test": []}, ".")
    assert [corpus.words(split) for split in ("train", "dev", "test")] == [names, names[:1], []]
    assert corpus.longest == max(map(len, names))


def test_symbols_and_width_come_from_all_splits_and_counts_from_train() -> None:
    corpus = Corpus.of({"train": ["ab"], "dev": ["abcd"], "test": ["e"]}, ".")
    assert corpus.vocabulary.symbols == (".", "a", "b", "c", "d", "e")
    assert corpus.longest == 4
    assert torch.equal(corpus.bigrams, bigram_counts(corpus.rows["train"], 6))
    assert corpus.bigrams.sum() == 3


def assert_survives_saving(corpus: Corpus, folder: Path) -> None:
    corpus.save(folder)
    loaded = Corpus.load(folder)
    assert loaded.vocabulary == corpus.vocabulary
    assert all(torch.equal(loaded.rows[split], corpus.rows[split]) for split in corpus.rows)


def test_loaded_corpus_equals_the_saved_one(corpus: Corpus, tmp_path: Path) -> None:
    assert_survives_saving(corpus, tmp_path)


def test_vocabulary_too_large_for_int16_survives_saving(tmp_path: Path) -> None:
    symbols = (".", *(chr(code) for code in range(0x10000, 0x10000 + 40_000)))
    row = torch.tensor([[0, 32_767, 32_768, 40_000, 0]])
    assert_survives_saving(Corpus(Vocabulary(symbols), dict.fromkeys(("train", "dev", "test"), row)), tmp_path)


@pytest.mark.parametrize("name", [VOCABULARY_FILE, TOKENS_FILE])
def test_missing_file_is_an_error(corpus: Corpus, tmp_path: Path, name: str) -> None:
    corpus.save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UserError, match=rf"{name}: no such file; run `dvc repro` to create it"):
        Corpus.load(tmp_path)


def test_data_card_counts_names_characters_and_lengths() -> None:
    card = data_card(WORDS, {"train": WORDS[:10], "dev": WORDS[10:12], "test": WORDS[12:]})
    assert card["lines"] == 14
    assert card["distinct"] == 13
    assert card["characters"]["z"] == 1
    assert card["lengths"] == {"2": 1, "3": 7, "4": 3, "6": 2, "8": 1}
    assert card["splits"]["train"] == {"words": 10, "distinct": 9, "tokens": 52, "words_also_in_train": 0}
    assert card["splits"]["dev"] == {"words": 2, "distinct": 2, "tokens": 9, "words_also_in_train": 0}


def test_data_card_counts_dev_names_that_are_also_in_train() -> None:
    card = data_card(WORDS, {"train": WORDS, "dev": ["emma", "zed", "emma"], "test": []})
    assert card["splits"]["dev"]["words_also_in_train"] == 2
