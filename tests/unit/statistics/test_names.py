"""The distinct names of a split, and the file of their losses."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from makemore.core.corpus import Corpus
from makemore.core.errors import UserError
from makemore.core.parts import Part
from makemore.core.rows import Rows
from makemore.core.vocabulary import Vocabulary
from makemore.statistics.names import DistinctNames, read_losses, write_losses

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
    assert names.rows.tolist() == [[0, 3, 0], [0, 65_539, 0], [0, 70_000, 0]]
    assert names.copies.tolist() == [2, 1, 1]


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
