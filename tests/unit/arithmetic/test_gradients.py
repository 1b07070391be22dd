"""The functions with gradients: values and gradients next to those of torch in float64.

A grid has 21 bits below the largest element of a tensor, so errors are small next to the largest element of the result,
not next to each element: TOLERANCE is a few steps of the grid for sums of a few dozen terms.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
import torch.nn.functional as native
from torch import Tensor

from makemore.arithmetic import gradients

TOLERANCE = 2.0**-17
GENERATOR_SEED = 1


def apply(function: type[torch.autograd.Function], *arguments: object) -> Tensor:
    """A function of gradients.py, with types."""
    result: Tensor = function.apply(*arguments)
    return result


class Case(NamedTuple):
    """A function, the same in torch, and the shapes of the arguments that have gradients."""

    exact: Callable[..., Tensor]
    expected: Callable[..., Tensor]
    shapes: list[tuple[int, ...]]


INDICES = torch.tensor([[0, 3, 3], [1, 3, 0]])
VISIBLE = torch.ones(5, 7).tril(2).bool()
COUNTS = torch.tensor([[2.0, 0, 1, 0, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [0, 30, 0, 2, 0]])


def expected_cross_entropy(logits: Tensor) -> Tensor:
    return -(COUNTS.double() * logits.log_softmax(-1)).sum() / COUNTS.sum()


CASES = {
    "Linear": Case(gradients.Linear.apply, native.linear, [(4, 3, 6), (5, 6), (5,)]),
    "Linear, no bias": Case(lambda x, w: apply(gradients.Linear, x, w, None), native.linear, [(4, 3, 6), (5, 6)]),
    "Linear, long": Case(lambda x, w: apply(gradients.Linear, x, w, None), native.linear, [(2, 2500), (3, 2500)]),
    "MatMul": Case(gradients.MatMul.apply, torch.matmul, [(2, 3, 4, 6), (2, 3, 6, 5)]),
    "Softmax": Case(
        lambda x: apply(gradients.Softmax, x, VISIBLE),
        lambda x: x.masked_fill(~VISIBLE, -torch.inf).softmax(-1),
        [(2, 5, 7)],
    ),
    "CrossEntropy": Case(lambda x: apply(gradients.CrossEntropy, x, COUNTS), expected_cross_entropy, [(4, 5)]),
    "LayerNorm": Case(
        lambda x, gain, bias: apply(gradients.LayerNorm, x, gain, bias, 1e-5),
        lambda x, gain, bias: native.layer_norm(x, (6,), gain, bias, 1e-5),
        [(3, 4, 6), (6,), (6,)],
    ),
    "RMSNorm": Case(
        lambda x: apply(gradients.RMSNorm, x, 1e-6), lambda x: native.rms_norm(x, (6,), eps=1e-6), [(3, 4, 6)]
    ),
    "Gelu": Case(gradients.Gelu.apply, lambda x: native.gelu(x, approximate="tanh"), [(9, 50)]),
    "Tanh": Case(gradients.Tanh.apply, torch.tanh, [(9, 50)]),
    "Sigmoid": Case(gradients.Sigmoid.apply, torch.sigmoid, [(9, 50)]),
    "Embedding": Case(
        lambda w: apply(gradients.Embedding, INDICES, w), lambda w: native.embedding(INDICES, w), [(4, 6)]
    ),
    "Repeat": Case(lambda x: apply(gradients.Repeat, x, 5), lambda x: x.expand(5, -1), [(6,)]),
    "Scale": Case(gradients.Scale.apply, torch.mul, [(4, 6), ()]),
}


def arguments(shapes: list[tuple[int, ...]], size: float = 1.0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(GENERATOR_SEED)
    return [(torch.randn(shape, generator=generator) * size).requires_grad_() for shape in shapes]


def close(found: Tensor, expected: Tensor) -> bool:
    """Whether all errors are small next to the largest element."""
    return bool((found.double() - expected).abs().max() <= TOLERANCE * expected.abs().max() + 1e-30)


def test_every_function_has_a_case() -> None:
    functions = {name for name, each in vars(gradients).items() if isinstance(each, type(gradients.Linear))}
    assert functions - {"Function"} == {name.partition(",")[0] for name in CASES}


@pytest.mark.parametrize("size", [0.1, 1.0, 4.0])
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_those_of_float64(name: str, size: float) -> None:
    case = CASES[name]
    exact = arguments(case.shapes, size)
    doubles = [each.detach().double().requires_grad_() for each in exact]
    result, expected = case.exact(*exact), case.expected(*doubles)
    assert result.dtype == torch.float32
    assert close(result, expected)
    grad = torch.randn(result.shape, generator=torch.Generator().manual_seed(2))
    result.backward(grad)
    expected.backward(grad.double())
    for ours, theirs in zip(exact, doubles, strict=True):
        assert ours.grad is not None
        assert theirs.grad is not None
        assert ours.grad.dtype == torch.float32
        assert close(ours.grad, theirs.grad)


@pytest.mark.parametrize("name", CASES)
def test_gradient_is_the_slope(name: str) -> None:
    """A gradient check: along a random direction, the value changes as the gradient says."""
    case, step = CASES[name], 2.0**-6
    exact = arguments(case.shapes)
    result = case.exact(*exact)
    weights = torch.randn(result.shape, generator=torch.Generator().manual_seed(3))
    result.backward(weights)
    generator = torch.Generator().manual_seed(4)
    directions = [torch.randn(each.shape, generator=generator) for each in exact]
    slope = sum(
        float((d * each.grad).double().sum())
        for d, each in zip(directions, exact, strict=True)
        if each.grad is not None
    )

    def moved(by: float) -> float:
        there = [each.detach() + by * d for d, each in zip(directions, exact, strict=True)]
        return float((case.exact(*there).double() * weights).sum())

    # Of fourth order, so the step may be so large that rounding does not matter.
    found = (8 * (moved(step) - moved(-step)) - (moved(2 * step) - moved(-2 * step))) / (12 * step)
    size = sum(
        float((d * each.grad).double().abs().sum())
        for d, each in zip(directions, exact, strict=True)
        if each.grad is not None
    )
    assert abs(found - slope) < 1e-3 * size


@pytest.mark.parametrize("name", CASES)
def test_arguments_and_gradients_that_arrive_do_not_change(name: str) -> None:
    case = CASES[name]
    exact = arguments(case.shapes)
    kept = [each.detach().clone() for each in exact]
    result = case.exact(*exact)
    grad = torch.ones_like(result)
    result.backward(grad)
    assert (grad == 1).all()
    assert all(torch.equal(*pair) for pair in zip(kept, exact, strict=True))


@pytest.mark.parametrize("name", CASES)
def test_gradients_come_twice_the_same(name: str) -> None:
    """The backward pass does not change what it has kept."""
    case = CASES[name]
    exact = arguments(case.shapes)
    result = case.exact(*exact)
    first, second = (torch.autograd.grad(result.sum(), exact, retain_graph=True) for _ in range(2))
    assert all(torch.equal(*pair) for pair in zip(first, second, strict=True))


def test_what_is_not_visible_has_no_weight_and_no_gradient() -> None:
    (x,) = arguments([(5, 7)])
    y = apply(gradients.Softmax, x, VISIBLE)
    y.backward(torch.randn(5, 7, generator=torch.Generator().manual_seed(2)))
    assert x.grad is not None
    assert (y[~VISIBLE] == 0).all()
    assert (x.grad[~VISIBLE] == 0).all()
    assert torch.allclose(y.sum(-1), torch.ones(5), atol=1e-6)


def test_embedding_adds_the_gradients_of_repeated_indices_exactly() -> None:
    weight = torch.zeros(3, 2, requires_grad=True)
    indices = torch.tensor([0, 1] * 5000)
    apply(gradients.Embedding, indices, weight).backward(torch.full((10_000, 2), 2.0**-20))
    assert weight.grad is not None
    assert weight.grad.tolist() == [[5000 * 2.0**-20] * 2] * 2 + [[0, 0]]


def test_gradients_that_nobody_needs_are_not_computed() -> None:
    x, w, b = arguments([(4, 6), (5, 6), (5,)])
    apply(gradients.Linear, x.detach(), w, b).sum().backward()
    assert x.grad is None
    a, c = arguments([(4, 6), (6, 5)])
    apply(gradients.MatMul, a, c.detach()).sum().backward()
    assert c.grad is None


@pytest.mark.parametrize("name", ["Linear", "MatMul", "LayerNorm", "RMSNorm", "Embedding", "Repeat"])
def test_gradients_that_are_not_finite_are_an_error(name: str) -> None:
    case = CASES[name]
    result = case.exact(*arguments(case.shapes))
    with pytest.raises(ArithmeticError):
        result.backward(torch.full_like(result, torch.nan))
