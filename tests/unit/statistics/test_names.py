"""The distinct names of a split, and the file of their losses."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from makemore.core.errors import UserError
from makemore.corpus import rows as rows_module
from makemore.corpus.corpus import Corpus
from makemore.corpus.parts import Part
from makemore.corpus.rows import Rows
from makemore.corpus.vocabulary import Vocabulary
from makemore.statistics import names as names_module
from makemore.statistics.names import DistinctNames, LossesOfNames, read_losses, write_losses

WORDS = ["bo", "ann", "bo", "a", "anna", "bo", "a"]


def names_of(words: list[str]) -> tuple[DistinctNames, Vocabulary]:
    vocabulary = Vocabulary.of(["abno"], ".")
    return DistinctNames.of(Rows.of(words, vocabulary)), vocabulary


@given(st.lists(st.text("abno", max_size=5)))
def test_distinct_names_are_those_of_a_counter(words: list[str]) -> None:
    names, vocabulary = names_of(words)
    found, expected = names.words(vocabulary), Counter(words)
    assert found == sorted(expected)
    assert names.copies.tolist() == [expected[word] for word in found]
    assert names.symbols.tolist() == [expected[word] * (len(word) + 1) for word in found]
    assert [words[index] for index in names.first] == found
    assert all(word not in words[:index] for word, index in zip(found, names.first, strict=True))


def test_large_vocabulary() -> None:
    part = Part(np.array([70_000, 0, 3, 0, 65_536 + 3, 0, 3, 0], np.uint32), np.arange(0, 10, 2, dtype=np.uint32))
    names = DistinctNames.of(Rows.of_part(part))
    assert names.names.tokens.tolist() == [3, 0, 65_539, 0, 70_000, 0]
    assert names.copies.tolist() == [2, 1, 1]
    assert not names.is_sample


@given(words=st.lists(st.text("abno", min_size=1, max_size=3), min_size=1, max_size=60), data=st.data())
def test_many_names_are_sampled_by_hash_in_any_order(words: list[str], data: st.DataObject) -> None:
    """The sample has all copies of its names, and is the same for another order of the rows, and for other chunks."""
    shuffled = data.draw(st.permutations(words))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(names_module, "MOST_NAMES", 7)
        names, vocabulary = names_of(words)
        patch.setattr(rows_module, "CHUNK_NAMES", data.draw(st.integers(1, 20)))
        others, _ = names_of(shuffled)
    found, expected = names.words(vocabulary), Counter(words)
    assert found == others.words(vocabulary) == sorted(found)
    assert len(found) == min(7, len(expected))
    assert names.is_sample == (len(expected) > 7)
    assert names.copies.tolist() == others.copies.tolist() == [expected[word] for word in found]
    assert [words.index(word) for word in found] == names.first.tolist()


def test_sample_is_smaller_if_names_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names_module, "MOST_SYMBOLS", 12)
    assert len(names_of(["a", "b", "n", "o", "aa"])[0]) == 4
    assert len(names_of(["a", "b", "n", "o", "a" * 50])[0]) == 1


def test_every_fraction_of_the_names_is_sampled_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names_module, "MOST_NAMES", 300)
    vocabulary = Vocabulary.of(["0123456789"], ".")
    words = [str(number) for number in range(1000, 10_000)]
    first = [word[0] for word in DistinctNames.of(Rows.of(words, vocabulary)).words(vocabulary)]
    assert all(15 < count < 55 for count in Counter(first).values()), "33 of each are expected, give or take 6"


@given(words=st.lists(st.text("abno", max_size=3), max_size=60), size=st.integers(1, 20))
def test_losses_are_those_of_the_first_copies(words: list[str], size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(names_module, "MOST_NAMES", 7)
        names, _ = names_of(words)
    collected = LossesOfNames(names)
    totals = torch.arange(len(words), dtype=torch.float64)
    for chunk in totals.split(size):
        collected.add(chunk)
    assert collected.nll.tolist() == names.first.tolist()
    assert collected.nll.dtype == torch.float32


def test_losses_are_read_as_they_were_written(tmp_path: Path, corpus: Corpus) -> None:
    path, (names, _) = tmp_path / "gpt.safetensors", names_of(WORDS)
    write_losses(path, {"dev": torch.tensor([1.5, 2.0, float("inf"), 4.0]), "test": torch.zeros(0)})
    found = read_losses(path, {"dev": names, "test": DistinctNames.of(Rows.of([], corpus.vocabulary))})
    assert found["dev"].tolist() == [3.0, 2.0, float("inf"), 12.0]
    assert found["test"].dtype == np.float64
    assert len(found["test"]) == 0
    assert list(read_losses(path, {"dev": names})) == ["dev"], "what is not needed is not checked against the corpus"


@pytest.mark.parametrize(
    ("losses", "what"),
    [
        ({"dev": torch.ones(3)}, "not the losses of the names in the corpus"),
        ({"test": torch.ones(4)}, "not the losses of the names in the corpus"),
        ({"dev": torch.ones(4, 1)}, "not the losses of the names in the corpus"),
        ({"dev": torch.ones(4).double()}, "it has losses that are negative or not numbers"),
        ({"dev": torch.tensor([1, 1, 1, -1.0])}, "it has losses that are negative or not numbers"),
        ({"dev": torch.tensor([1, 1, 1, float("nan")])}, "it has losses that are negative or not numbers"),
    ],
)
def test_file_of_other_losses_is_an_error(tmp_path: Path, losses: dict[str, torch.Tensor], what: str) -> None:
    path, (names, _) = tmp_path / "gpt.safetensors", names_of(WORDS)
    write_losses(path, {"test": torch.zeros(0)} | losses)
    with pytest.raises(UserError, match=f"gpt.safetensors: damaged, {what}; delete it and run `dvc repro`"):
        read_losses(path, {"dev": names})
