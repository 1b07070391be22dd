"""Without gradients: a row depends on neither the other rows of its batch nor on later positions, to the last bit."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as native
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from makemore.arithmetic import functional as F
from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import inputs_and_targets, padded
from makemore.models.base.catalog import AnyModel
from makemore.models.bow import running_mean
from tests.conftest import CONFIGS, MODERN


def normal(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(autouse=True)
def _without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


W, B = normal(5, 6, seed=2), normal(5, seed=3)
GAIN = normal(6, seed=4)
ROWWISE: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "linear": (lambda x: F.linear(x, W, B), lambda x: native.linear(x, W.double(), B.double())),
    "layer_norm": (
        lambda x: F.layer_norm(x, GAIN, GAIN),
        lambda x: native.layer_norm(x, (6,), GAIN.double(), GAIN.double()),
    ),
    "rms_norm": (F.rms_norm, lambda x: native.rms_norm(x, (6,))),
    "gelu": (F.gelu, lambda x: native.gelu(x, approximate="tanh")),
    "relu_squared": (F.relu_squared, lambda x: x.relu() ** 2),
    "tanh": (F.tanh, torch.tanh),
    "sigmoid": (F.sigmoid, torch.sigmoid),
    "softmax": (F.softmax, lambda x: x.softmax(-1)),
    "log_softmax": (F.log_softmax, lambda x: x.log_softmax(-1)),
    "log_softmax of float64": (lambda x: F.log_softmax(x.double()), lambda x: x.log_softmax(-1)),
}


@pytest.mark.parametrize("name", ROWWISE)
def test_rows_do_not_depend_on_each_other(name: str) -> None:
    exact, _ = ROWWISE[name]
    x = normal(3, 4, 6)
    x[0] *= 1e6  # the others must not notice
    x[1] *= 1e-6
    together = exact(x)
    for batch in range(3):
        assert torch.equal(exact(x[batch : batch + 1]), together[batch : batch + 1])
        for row in range(4):
            assert torch.equal(exact(x[batch, row]), together[batch, row])


@pytest.mark.parametrize("name", ROWWISE)
def test_values_are_those_of_float64(name: str) -> None:
    exact, expected = ROWWISE[name]
    x = normal(3, 4, 6) * 3
    assert torch.allclose(exact(x).double(), expected(x.double()), rtol=1e-5, atol=1e-5)


def test_log_softmax_is_as_good_as_float64() -> None:
    x = normal(50, 27) * 5
    assert (F.log_softmax(x) - x.double().log_softmax(-1)).abs().max() < 1e-10
    likely = torch.tensor([[0.0, -800.0, -torch.inf]])
    assert F.log_softmax(likely)[0].tolist() == [0, -800, -torch.inf]


SIZES = st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 8), st.integers(1, 5))


@settings(max_examples=30)
@given(sizes=SIZES, seed=st.integers(0, 2**31))
def test_attention_does_not_depend_on_the_batch_or_the_future(sizes: tuple[int, ...], seed: int) -> None:
    batch, heads, time, width = sizes
    q, k, v = (normal(batch, heads, time, width, seed=seed + number) for number in range(3))
    visible = torch.ones(time, time).tril().bool()
    whole = F.attention(q, k, v, visible, 0.0)
    expected = native.scaled_dot_product_attention(q.double(), k.double(), v.double(), visible)
    assert torch.allclose(whole.double(), expected, rtol=1e-5, atol=1e-5)
    for end in range(1, time + 1):
        before = F.attention(q[:, :, :end], k[:, :, :end], v[:, :, :end], visible[:end, :end], 0.0)
        assert torch.equal(before, whole[:, :, :end])
        # From a cache: only the last query is new.
        last = F.attention(q[:, :, end - 1 : end], k[:, :, :end], v[:, :, :end], visible[end - 1 : end, :end], 0.0)
        assert torch.equal(last, whole[:, :, end - 1 : end])
    one = F.attention(q[:1], k[:1], v[:1], visible, 0.0)
    assert torch.equal(one, whole[:1])


@settings(max_examples=30)
@given(sizes=SIZES, seed=st.integers(0, 2**31))
def test_mix_and_running_mean_do_not_depend_on_the_batch_or_the_future(sizes: tuple[int, ...], seed: int) -> None:
    batch, _, time, width = sizes
    x = normal(batch, time, width, seed=seed)
    weights = torch.ones(time, time).tril().div(3)
    mixed, mean = F.mix(weights.expand(batch, -1, -1), x), running_mean(x)
    assert torch.allclose(mixed.double(), weights.double() @ x.double(), rtol=1e-5, atol=1e-5)
    for end in range(1, time + 1):
        assert torch.equal(F.mix(weights[:end, :end].expand(batch, -1, -1), x[:, :end]), mixed[:, :end])
        assert torch.equal(running_mean(x[:, :end]), mean[:, :end])
    assert torch.equal(F.mix(weights.expand(1, -1, -1), x[:1]), mixed[:1])


def test_future_may_be_anything_finite() -> None:
    q, k, v = (normal(1, 1, 6, 4, seed=number) for number in range(3))
    visible = torch.ones(6, 6).tril().bool()
    whole = F.attention(q, k, v, visible, 0.0)
    k[:, :, 3:], v[:, :, 3:] = 1e20, -1e20
    assert torch.equal(F.attention(q, k, v, visible, 0.0)[:, :, :3], whole[:, :, :3])


VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "gpt, modern": ("gpt", MODERN),
    "lstm": ("rnn", {"cell": "lstm"}),
    "cell": ("rnn", {"cell": "rnn"}),
}
NAMES = [*CONFIGS, *VARIANTS]


def of(fitted: Callable[..., AnyModel], name: str) -> AnyModel:
    model, changes = VARIANTS.get(name, (name, {}))
    with torch.enable_grad():
        return fitted(model, **changes).eval()


@pytest.mark.parametrize("name", NAMES)
def test_names_do_not_depend_on_each_other(name: str, fitted: Callable[..., AnyModel], corpus: Corpus) -> None:
    """Batches and paddings of any size give each name the same logits."""
    model = of(fitted, name)
    inputs = _inputs(corpus)
    together = model(inputs)
    for row, tokens in enumerate(inputs):
        for end in range(1, inputs.shape[1] + 1):
            assert torch.equal(model(tokens[None, :end])[0], together[row, :end])
    order = torch.tensor([3, 1, 0, 2, 1])
    assert torch.equal(model(inputs[order]), together[order])


@pytest.mark.parametrize("name", NAMES)
def test_cached_is_uncached(name: str, fitted: Callable[..., AnyModel], corpus: Corpus) -> None:
    model = of(fitted, name)
    inputs = _inputs(corpus)
    cache: list[Tensor] = []
    for place in range(inputs.shape[1]):
        logits, cache = model.next_logits(inputs[:, place : place + 1], cache)
        assert torch.equal(logits, model(inputs[:, : place + 1])[:, -1])
    at_once, _ = model.next_logits(inputs, [])
    assert torch.equal(at_once, logits)


def _inputs(corpus: Corpus) -> Tensor:
    """Five names, filled up with end markers."""
    batch = next(iter(corpus.names["train"].batches()))
    return inputs_and_targets(padded(batch)[:5])[0]


def test_native_arithmetic_is_that_of_torch() -> None:
    q, k, v = (normal(1, 2, 4, 6, seed=number) for number in range(3))
    visible = torch.ones(4, 4).tril().bool()
    F.use("native")
    try:
        assert not F.is_exact()
        assert torch.equal(F.linear(q, W, B), native.linear(q, W, B))
        assert torch.equal(F.softmax(q), q.softmax(-1))
        assert torch.equal(F.gelu(q), native.gelu(q, approximate="tanh"))
        assert torch.equal(F.rms_norm(q), native.rms_norm(q, (6,), eps=2.0**-23))
        assert torch.equal(F.attention(q, k, v, visible, 0.0), native.scaled_dot_product_attention(q, k, v, visible))
    finally:
        F.use("exact")


def test_scores_and_norms() -> None:
    matrices = normal(3, 4, 6)
    assert torch.allclose(F.norm(matrices).flatten(), matrices.flatten(1).norm(dim=1))
    assert torch.allclose(F.matmul(matrices, matrices.mT), matrices @ matrices.mT, atol=1e-5)
