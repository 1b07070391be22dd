"""The elementary functions: the bounds that their docstrings promise, over dense ranges and at the edges."""

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from makemore.arithmetic.elementary import cos_sin, exp, exp64, log, log64, sigmoid, sqrt, tanh

Array = NDArray[Any]
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")


def single(*parts: Array) -> Array:
    """Distinct float32 numbers, ascending."""
    distinct: Array = np.unique(np.concatenate(parts).astype(np.float32))
    return distinct


def evenly(low: float, high: float, count: int = 400_000) -> Array:
    return np.linspace(low, high, count)


def magnitudes(low: float, high: float, count: int = 200_000) -> Array:
    """Numbers of both signs whose binary logarithms lie between `low` and `high`."""
    random = np.random.default_rng(1)
    numbers: Array = 2.0 ** random.uniform(low, high, count) * random.choice([-1, 1], count)
    return numbers


def ulps(function: Callable[[Tensor], Tensor], x: Array, expected: Array) -> Array:
    """The error of a function of float32 in ulp, next to `expected`, float64."""
    result: Array = np.abs(function(torch.from_numpy(x.copy())).numpy().astype(np.float64) - expected)
    spacing: Array = np.spacing(np.abs(expected).astype(np.float32)).astype(np.float64)
    of_each: Array = result / spacing
    return of_each


def ulps64(found: Tensor, expected: list[Decimal]) -> float:
    """The largest error of float64 in ulp, next to decimal numbers."""
    pairs = zip(found.tolist(), expected, strict=True)
    return max(float(abs(Decimal(x) - y) / Decimal(float(np.spacing(abs(float(y)))))) for x, y in pairs)


def test_exp_is_within_an_ulp() -> None:
    x = single(evenly(-87.5, 88), evenly(-1, 1), evenly(-87.5, -87, 50_000), magnitudes(-149, 6))
    assert ulps(exp, x, np.exp(x.astype(np.float64))).max() < 1


def test_sigmoid_is_within_three_ulp() -> None:
    x = single(evenly(-88, 100), evenly(-2, 2), magnitudes(-149, 6))
    assert ulps(sigmoid, x, 1 / (1 + np.exp(-x.astype(np.float64)))).max() < 3


def test_tanh_is_within_seven_ulp_or_the_smallest_numbers() -> None:
    x = single(evenly(-10, 10), evenly(-1, 1), magnitudes(-149, 4))
    expected = np.tanh(x.astype(np.float64))
    ulp = np.spacing(np.abs(expected).astype(np.float32)).astype(np.float64)
    assert (ulps(tanh, x, expected) * ulp <= np.maximum(7 * ulp, 2.0**-142)).all()


def test_log_is_that_of_float64_rounded() -> None:
    x = np.abs(single(magnitudes(-149, 127.99), evenly(0.5, 2)))
    assert ulps(log, x[x != 1], np.log(x[x != 1].astype(np.float64))).max() < 0.5001


def test_root_is_correctly_rounded() -> None:
    x = np.abs(single(magnitudes(-149, 127.99, 1_000_000), evenly(0, 4)))
    assert np.array_equal(sqrt(torch.from_numpy(x)).numpy(), np.sqrt(x))


@pytest.mark.parametrize("direction", [-torch.inf, torch.inf])
def test_root_does_not_depend_on_the_last_bit_of_that_of_float64(direction: float) -> None:
    roots = np.concatenate([magnitudes(-70, 60), evenly(1, 2)]).astype(np.float32)
    # Numbers whose roots are as close as possible to the middle between two float32: next to the squares of middles.
    middles = np.abs(roots).astype(np.float64) + np.spacing(np.abs(roots)).astype(np.float64) / 2
    near = (middles * middles).astype(np.float32)
    x = torch.from_numpy(np.concatenate([near, np.nextafter(near, np.float32(0)), np.nextafter(near, np.float32(9e9))]))
    moved = x.double().sqrt().nextafter(torch.tensor(direction, dtype=torch.float64)).float()
    assert torch.equal(moved, sqrt(x))


def test_exp64_is_within_two_ulp() -> None:
    random = np.random.default_rng(1)
    x = np.concatenate(
        [random.uniform(-708.5, 0, 5000), random.uniform(-1, 0, 3000), -np.abs(magnitudes(-60, 9, 2000))]
    )
    with localcontext(prec=40):
        assert ulps64(exp64(torch.from_numpy(x.copy())), [Decimal(each).exp() for each in x.tolist()]) < 2


def test_log64_is_within_an_ulp() -> None:
    random = np.random.default_rng(1)
    near_one = [1 + 2.0 ** random.uniform(-52, -1, 1500), 1 - 2.0 ** random.uniform(-53, -1, 1500)]
    of_any_size = np.abs(magnitudes(-1074, 1023.9, 4000))
    x = np.concatenate([of_any_size, random.uniform(0.5, 2, 4000), *near_one])
    x = x[x != 1]
    with localcontext(prec=40):
        assert ulps64(log64(torch.from_numpy(x.copy())), [Decimal(each).ln() for each in x.tolist()]) < 1


def test_cosine_and_sine_are_within_2_to_the_minus_52() -> None:
    random = np.random.default_rng(1)
    x = np.concatenate([random.uniform(-4, 4, 4000), np.arange(-64, 65) / 32, random.uniform(0, 1000, 500)])
    with localcontext(prec=40):
        exact = [_cos_sin(Decimal(each)) for each in x.tolist()]
        for found, expected in zip(cos_sin(torch.from_numpy(x)), zip(*exact, strict=True), strict=True):
            errors = [abs(Decimal(a) - b) for a, b in zip(found.tolist(), expected, strict=True)]
            assert max(errors) < Decimal(2) ** -52


def _cos_sin(turns: Decimal) -> tuple[Decimal, Decimal]:
    """By their power series, in decimal numbers."""
    angle = (turns - turns.to_integral_value()) * 2 * PI
    sums, term = [Decimal(0), Decimal(0)], Decimal(1)
    for power in range(45):
        sums[power % 2] += -term if power % 4 >= 2 else term
        term = term * angle / (power + 1)
    return sums[0], sums[1]


def test_cosine_and_sine_of_quarters_are_exact() -> None:
    cosine, sine = cos_sin(torch.arange(8, dtype=torch.float64) / 4)
    assert cosine.tolist() == [1, 0, -1, 0] * 2
    assert sine.tolist() == [0, 1, 0, -1] * 2


INF, NAN, TINY = float("inf"), float("nan"), 2.0**-149
EDGES: list[tuple[Callable[[Tensor], Tensor], torch.dtype, float, float]] = [
    *((exp, torch.float32, x, 1.0) for x in (0.0, -0.0, TINY, -TINY)),
    (sigmoid, torch.float32, 0.0, 0.5),
    (sigmoid, torch.float32, INF, 1.0),
    (sigmoid, torch.float32, 200.0, 1.0),
    (exp64, torch.float64, 0.0, 1.0),
    (exp64, torch.float64, 1.0, 1.0),
    (exp64, torch.float64, INF, 1.0),
    (log64, torch.float64, 0.0, -INF),
    (log64, torch.float64, -0.0, -INF),
    (log64, torch.float64, -1.0, NAN),
    (log64, torch.float64, -INF, NAN),
    (log64, torch.float64, INF, NAN),
    (log64, torch.float64, 1.0, 0.0),
    (log, torch.float32, 0.0, -INF),
    (tanh, torch.float32, 0.0, 0.0),
    (tanh, torch.float32, -0.0, -0.0),
    (tanh, torch.float32, INF, 1.0),
    (tanh, torch.float32, -INF, -1.0),
    (tanh, torch.float32, 7.95, 1.0),
    (sqrt, torch.float32, 0.0, 0.0),
    (sqrt, torch.float32, -0.0, -0.0),
    (sqrt, torch.float32, INF, INF),
    (sqrt, torch.float32, -1.0, NAN),
    *((each, torch.float32, NAN, NAN) for each in (exp, sigmoid, tanh, sqrt, log)),
    *((each, torch.float64, NAN, NAN) for each in (exp64, log64)),
]


@pytest.mark.parametrize(("function", "dtype", "x", "expected"), EDGES)
def test_edges(function: Callable[[Tensor], Tensor], dtype: torch.dtype, x: float, expected: float) -> None:
    (found,) = function(torch.tensor([x], dtype=dtype)).tolist()
    assert repr(abs(found) if math.isnan(expected) else found) == repr(expected)


@pytest.mark.parametrize(
    ("function", "dtype", "last", "beyond"),
    [
        (exp, torch.float32, 88.0, (88.1, 1e30, INF)),
        (exp, torch.float32, -87.5, (-87.6, -1e30, -INF)),
        (exp64, torch.float64, -708.5, (-709.0, -1e300, -INF)),
        (sigmoid, torch.float32, -88.0, (-89.0, -1e30, -INF)),
    ],
)
def test_clamps(
    function: Callable[[Tensor], Tensor], dtype: torch.dtype, last: float, beyond: tuple[float, ...]
) -> None:
    values = function(torch.tensor([last, *beyond], dtype=dtype))
    assert values[0] > 0
    assert (values == values[0]).all()


@pytest.mark.parametrize("function", [exp, exp64, sigmoid, tanh, sqrt, log, log64, cos_sin])
def test_arguments_do_not_change_and_shapes_do_not_matter(function: Callable[[Tensor], Any]) -> None:
    """Each element by itself gives the same bits: no vector width, no position in memory."""
    dtype = torch.float64 if function in (exp64, log64, cos_sin) else torch.float32
    x = torch.from_numpy(-np.abs(magnitudes(-20, 3, 1001))).to(dtype)
    x = -x if function in (sqrt, log, log64) else x
    kept, whole = x.clone(), torch.stack([*_tensors(function(x))])
    assert torch.equal(x, kept)
    single = [torch.stack([*_tensors(function(each))]) for each in x.split(1)]
    assert torch.equal(torch.cat(single, dim=1), whole)
    assert torch.equal(torch.stack([*_tensors(function(x.view(7, 143).T))]), whole.view(-1, 7, 143).mT)


def _tensors(result: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (result,) if isinstance(result, Tensor) else result
