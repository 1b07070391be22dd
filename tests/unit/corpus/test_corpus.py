"""The prepared corpus, in memory and loaded from the files that prepare wrote."""

from pathlib import Path

import pytest
import torch

from makemore.core.errors import UserError
from makemore.core.layout import BIGRAMS_FILE, CARD_FILE, VOCABULARY_FILE
from makemore.corpus.corpus import Corpus


def test_symbols_and_width_come_from_all_splits_and_counts_from_train() -> None:
    corpus = Corpus.of({"train": ["ab"], "dev": ["abcd"], "test": ["e"]}, ".")
    assert corpus.vocabulary.symbols == (".", "a", "b", "c", "d", "e")
    assert corpus.longest == 4
    assert corpus.bigrams.shape == (6, 6)
    assert corpus.bigrams.nonzero().tolist() == [[0, 1], [1, 2], [2, 0]]


def test_loaded_corpus_equals_the_one_in_memory(corpus: Corpus, saved_corpus: Path) -> None:
    loaded = Corpus.load(saved_corpus)
    assert loaded.vocabulary == corpus.vocabulary
    assert torch.equal(loaded.bigrams, corpus.bigrams)
    for split, names in corpus.names.items():
        assert torch.equal(loaded.names[split].tensor(), names.tensor())


def test_with_some_dev_only_dev_changes(corpus: Corpus) -> None:
    smaller = corpus.with_some_dev(1)
    assert len(smaller.names["dev"]) == 1
    assert smaller.names["train"] is corpus.names["train"]
    assert torch.equal(smaller.bigrams, corpus.bigrams)
    assert corpus.with_some_dev(2).names["dev"] is corpus.names["dev"]


@pytest.mark.parametrize("name", [VOCABULARY_FILE, CARD_FILE, BIGRAMS_FILE, "train-00000.safetensors"])
def test_missing_file_is_an_error(saved_corpus: Path, name: str) -> None:
    (saved_corpus / name).unlink()
    with pytest.raises(UserError, match=rf"{name}: no such file; run `dvc repro` to create it"):
        _ = Corpus.load(saved_corpus).bigrams
