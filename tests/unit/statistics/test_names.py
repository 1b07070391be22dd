"""The distinct names of a split, and the file of their losses."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from makemore.core.errors import UserError
from makemore.corpus import split_names
from makemore.corpus.parts import Names
from makemore.corpus.split_names import SplitNames
from makemore.corpus.vocabulary import Vocabulary
from makemore.statistics import names as names_module
from makemore.statistics.names import DistinctNames, LossesOfNames, read_losses, write_losses

VOCABULARY = Vocabulary.of(["abno"], ".")
NAMES = ["bo", "ann", "bo", "a", "anna", "bo", "a"]


def distinct(names: list[str]) -> DistinctNames:
    return DistinctNames.of(SplitNames.of(names, VOCABULARY))


@given(st.lists(st.text("abno", max_size=5)))
def test_distinct_names_are_those_of_a_counter(names: list[str]) -> None:
    found, expected = distinct(names), Counter(names)
    decoded = found.decoded(VOCABULARY)
    assert decoded == sorted(expected)
    assert found.copies.tolist() == [expected[name] for name in decoded]
    assert found.symbols.tolist() == [expected[name] * (len(name) + 1) for name in decoded]
    assert found.first.tolist() == [names.index(name) for name in decoded]


def test_large_vocabulary() -> None:
    names = Names(np.array([70_000, 0, 3, 0, 65_536 + 3, 0, 3, 0], np.uint32), np.arange(0, 10, 2, dtype=np.uint32))
    found = DistinctNames.of(SplitNames.of_names(names))
    assert found.names.tokens.tolist() == [3, 0, 65_539, 0, 70_000, 0]
    assert found.copies.tolist() == [2, 1, 1]
    assert not found.is_sample


@given(names=st.lists(st.text("abno", min_size=1, max_size=3), min_size=1, max_size=60), data=st.data())
def test_many_names_are_sampled_by_hash_in_any_order(names: list[str], data: st.DataObject) -> None:
    """The sample has all copies of its names, and is the same for another order of the names, and for other batches."""
    shuffled = data.draw(st.permutations(names))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(names_module, "MOST_NAMES", 7)
        found = distinct(names)
        patch.setattr(split_names, "BATCH_NAMES", data.draw(st.integers(1, 20)))
        others = distinct(shuffled)
    decoded, expected = found.decoded(VOCABULARY), Counter(names)
    assert decoded == others.decoded(VOCABULARY) == sorted(decoded)
    assert len(decoded) == min(7, len(expected))
    assert found.is_sample == (len(expected) > 7)
    assert found.copies.tolist() == others.copies.tolist() == [expected[name] for name in decoded]
    assert found.first.tolist() == [names.index(name) for name in decoded]


def test_sample_is_smaller_if_names_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names_module, "MOST_SYMBOLS", 12)
    assert len(distinct(["a", "b", "n", "o", "aa"])) == 4
    assert len(distinct(["a", "b", "n", "o", "a" * 50])) == 1


def test_every_fraction_of_the_names_is_sampled_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names_module, "MOST_NAMES", 300)
    vocabulary = Vocabulary.of(["0123456789"], ".")
    names = SplitNames.of([str(number) for number in range(1000, 10_000)], vocabulary)
    first = [name[0] for name in DistinctNames.of(names).decoded(vocabulary)]
    assert all(15 < count < 55 for count in Counter(first).values()), "33 of each are expected, give or take 6"


@given(names=st.lists(st.text("abno", max_size=3), max_size=60), size=st.integers(1, 20))
def test_losses_are_those_of_the_first_copies(names: list[str], size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(names_module, "MOST_NAMES", 7)
        found = distinct(names)
    collected = LossesOfNames(found)
    for totals in torch.arange(len(names), dtype=torch.float64).split(size):
        collected.add(totals)
    assert collected.nll.tolist() == found.first.tolist()
    assert collected.nll.dtype == torch.float32


def test_losses_are_read_as_they_were_written(tmp_path: Path) -> None:
    path, names = tmp_path / "gpt.safetensors", distinct(NAMES)
    write_losses(path, {"dev": torch.tensor([1.5, 2.0, float("inf"), 4.0]), "test": torch.zeros(0)})
    found = read_losses(path, {"dev": names, "test": distinct([])})
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
    path, names = tmp_path / "gpt.safetensors", distinct(NAMES)
    write_losses(path, {"test": torch.zeros(0)} | losses)
    with pytest.raises(UserError, match=f"gpt.safetensors: damaged, {what}; delete it and run `dvc repro`"):
        read_losses(path, {"dev": names})
