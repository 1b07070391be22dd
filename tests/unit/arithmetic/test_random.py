"""Random numbers: those of torch's CPU generator, made of its raw integers."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.arithmetic import random
from makemore.arithmetic.random import Generator, exponential
from makemore.models.base.catalog import AnyModel
from makemore.sampling import sample
from tests.conftest import PARAMS

CPU = torch.device("cpu")
SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS, number=st.integers(1, 300))
def test_uniform_numbers_are_those_of_torch(seed: int, number: int) -> None:
    expected = torch.rand(number, generator=torch.Generator().manual_seed(seed))
    assert torch.equal(Generator(seed).uniform(number).float(), expected)


@given(seed=SEEDS)
def test_raw_integers_are_those_of_torch(seed: int) -> None:
    most = 2**27  # for larger numbers, torch takes two integers each
    expected = torch.empty(700, dtype=torch.int64).random_(most, generator=torch.Generator().manual_seed(seed))
    assert np.array_equal(Generator(seed).raw(700).astype(np.int64) % most, expected.numpy())


@settings(max_examples=60)
@given(seed=SEEDS, number=st.integers(16, 300))
def test_normal_numbers_are_those_of_torch(seed: int, number: int) -> None:
    expected = torch.randn(number, generator=torch.Generator().manual_seed(seed))
    assert torch.allclose(Generator(seed).normal(number), expected, rtol=1e-5, atol=1e-6)


def test_weights_of_the_lecture_are_those_of_torch() -> None:
    expected = torch.randn((27, 27), generator=torch.Generator().manual_seed(2147483647))
    assert torch.allclose(Generator(2147483647).normal(27 * 27).view(27, 27), expected, rtol=1e-6, atol=1e-6)


@settings(max_examples=60)
@given(seed=SEEDS, number=st.integers(1, 200))
def test_exponential_numbers_are_those_of_torch(seed: int, number: int) -> None:
    expected = torch.empty(number).exponential_(generator=torch.Generator().manual_seed(seed))
    assert torch.allclose(Generator(seed).exponential(number), expected, rtol=1e-6)


@given(seed=SEEDS, size=st.integers(2, 60))
def test_largest_quotients_are_what_multinomial_draws(seed: int, size: int) -> None:
    p = torch.rand(size, generator=torch.Generator().manual_seed(seed ^ 1)) + 0.01
    generator, ours = torch.Generator().manual_seed(seed), Generator(seed)
    for _ in range(5):
        expected = torch.multinomial(p, 1, generator=generator)
        assert (p / ours.exponential(size)).argmax() == expected


def test_ends_of_the_exponential_distribution() -> None:
    low, high = np.zeros(2, np.uint64), np.full(2, 2**32 - 1, np.uint64)
    assert exponential(low).tolist() == [0]
    assert exponential(high).item() == pytest.approx(53 * np.log(2))


@pytest.mark.parametrize("p", [0.1, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("number", [1_000_000, 999_999])
def test_masks_have_the_right_share(p: float, number: int) -> None:
    random.manual_seed(1)
    mask = random.keep((number,), p, CPU)
    assert mask.unique().tolist() == [0, torch.tensor(1 / (1 - p)).item()]
    dropped = (mask == 0).double().mean().item()
    assert abs(dropped - p) < 5 * (p * (1 - p) / number) ** 0.5
    neighbours = (mask[1:].bool() & mask[:-1].bool()).double().mean().item()
    assert neighbours == pytest.approx((1 - p) ** 2, abs=0.003)


def test_seed_of_the_process_restarts_everything() -> None:
    drawn = []
    for _ in range(2):
        random.manual_seed(7)
        drawn.append([random.uniform((3, 5), 0.5), random.normal((4, 5), 2.0), random.keep((5, 3), 0.5, CPU)])
    assert all(torch.equal(*pair) for pair in zip(*drawn, strict=True))
    assert [tuple(each.shape) for each in drawn[0]] == [(3, 5), (4, 5), (5, 3)]
    assert drawn[0][0].abs().max() <= 0.5


def test_streams_of_a_seed_differ() -> None:
    streams = [Generator(1), Generator(1, 0), Generator(1, 1), Generator(2, 0), Generator(0, 1)]
    first = {tuple(each.raw(4).tolist()) for each in streams}
    assert len(first) == len(streams)


@pytest.mark.parametrize("model", ["count", "ngram", "mlp", "rnn", "gpt"])
@pytest.mark.parametrize("batch_size", [1, 3, 50])
def test_first_names_do_not_depend_on_how_many_are_wanted(
    model: str, batch_size: int, fitted: Callable[..., AnyModel]
) -> None:
    params = PARAMS.sample.model_copy(update={"names": 30, "max_length": 15, "batch_size": batch_size})
    names = sample(fitted(model), params)
    for fewer in (1, 7, 29):
        assert sample(fitted(model), params.model_copy(update={"names": fewer})) == names[:fewer]


@pytest.mark.parametrize("model", ["count", "mlp", "gpt"])
def test_names_do_not_depend_on_the_batch_size(model: str, fitted: Callable[..., AnyModel]) -> None:
    """Except for 1, which means the one stream of the lectures."""
    params = PARAMS.sample.model_copy(update={"names": 30, "max_length": 15})
    names = [sample(fitted(model), params.model_copy(update={"batch_size": size})) for size in (2, 7, 30, 100)]
    assert all(each == names[0] for each in names)
