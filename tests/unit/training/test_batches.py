"""Mini-batches as a function of (seed, step)."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.arithmetic import random
from makemore.corpus.corpus import Corpus
from makemore.corpus.split_names import SplitNames
from makemore.corpus.tokens import PAD
from makemore.corpus.vocabulary import Vocabulary
from makemore.models.base import TrainingConfig
from makemore.training import batches
from makemore.training.batches import batch
from tests.conftest import TRAINING


def config(batch_size: int = 8, seed: int = 1) -> TrainingConfig:
    return TrainingConfig.model_validate({"model": "mlp", **TRAINING, "batch_size": batch_size, "seed": seed})


def numbered(count: int) -> SplitNames:
    """Names that tell each other apart: name i has i + 1 characters."""
    return SplitNames.of(["a" * (number + 1) for number in range(count)], Vocabulary((".", "a")))


def epoch(names: SplitNames, config: TrainingConfig, number: int) -> list[list[int]]:
    """The numbers of the names in each batch of an epoch, from 0."""
    steps = math.ceil(len(names) / config.batch_size)
    batches = [batch(names, config, number * steps + index) for index in range(1, steps + 1)]
    return [((found == 1).sum(dim=1) - 1).tolist() for found in batches]


@settings(max_examples=50)
@given(count=st.integers(1, 50), batch_size=st.integers(1, 60), number=st.integers(0, 9))
def test_every_epoch_visits_every_name_once(count: int, batch_size: int, number: int) -> None:
    found = epoch(numbered(count), config(batch_size), number)
    assert sorted(name for batch in found for name in batch) == list(range(count))
    assert [len(batch) for batch in found[:-1]] == [batch_size] * (len(found) - 1), "only the last may be smaller"


def test_order_depends_on_the_epoch() -> None:
    assert epoch(numbered(50), config(), 0) != epoch(numbered(50), config(), 1)


def test_order_depends_on_the_seed() -> None:
    assert epoch(numbered(50), config(seed=1), 0) != epoch(numbered(50), config(seed=2), 0)


@pytest.mark.parametrize("block", [1, 7, 20, 2**14])
def test_order_does_not_depend_on_how_much_of_it_is_computed_at_once(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    expected = epoch(numbered(50), config(), 1)
    batches._order.cache_clear()
    monkeypatch.setattr(batches, "_BLOCK", block)
    assert epoch(numbered(50), config(), 1) == expected
    batches._order.cache_clear()


def test_batch_of_a_step_does_not_depend_on_the_steps_before() -> None:
    names, forwards = numbered(20), config()
    expected = [batch(names, forwards, step) for step in range(1, 10)]
    for step in (9, 1, 5, 4, 8):
        assert torch.equal(batch(names, forwards, step), expected[step - 1])


def test_random_numbers_of_the_training_are_left_alone() -> None:
    random.manual_seed(3)
    batch(numbered(20), config(seed=5), 1)
    assert torch.equal(random.normal((5,)), random.Generator(3).normal(5))


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
def test_batch_is_trimmed_to_its_longest_name(corpus: Corpus, step: int) -> None:
    found = batch(corpus.names["train"], config(batch_size=2), step)
    assert found.shape[1] == (found != PAD).sum(dim=1).max() <= corpus.longest + 2
