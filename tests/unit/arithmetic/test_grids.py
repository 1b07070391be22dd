"""Sums and products on a grid: no grouping, order or fused operation changes a bit, and rounding stays in its bound."""

from fractions import Fraction
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from makemore.arithmetic.grids import (
    LONGEST,
    POWER_STEP,
    PRODUCT_BITS,
    SUM_BITS,
    NotFinite,
    bound,
    factor,
    on_grid,
    on_step,
    product,
    row_factors,
    row_totals,
    rows_on_grid,
    total,
)

BITS = st.sampled_from([PRODUCT_BITS, SUM_BITS])
SIZES = st.integers(1, 40)
# Usual numbers, numbers of all sizes, and the ends of the range.
NUMBERS = st.floats(-(2.0**100), 2.0**100, width=32) | st.floats(-2, 2, width=32) | st.sampled_from([0.0, 2.0**-149])


@st.composite
def tensors(draw: st.DrawFn, *shape: int) -> Tensor:
    """Some numbers are drawn; the others are random, of a size that is drawn."""
    shape = shape or (draw(st.integers(1, 6)), draw(SIZES))
    x = torch.randn(shape, generator=torch.Generator().manual_seed(draw(st.integers(0, 2**31))))
    x *= 2.0 ** draw(st.integers(-120, 90))
    for place, number in enumerate(draw(st.lists(NUMBERS, max_size=3))):
        x.view(-1)[place % x.numel()] = number
    return x


def fractions(x: Tensor) -> list[Fraction]:
    return [Fraction(each) for each in x.flatten().tolist()]


def rounded(x: Fraction) -> float:
    """A fraction as float32, rounded once: to an integer number of its steps, ties to even."""
    if not x:
        return 0.0
    size = abs(x)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    exponent -= size < Fraction(2) ** exponent
    step = Fraction(2) ** max(exponent - 23, -149)
    return float(round(x / step) * step)


@given(x=tensors(), bits=BITS)
def test_rounding_to_a_grid_is_within_half_a_step(x: Tensor, bits: int) -> None:
    largest = max(bound(x), 2.0**-100)
    step = Fraction(2) ** (torch.tensor(largest).frexp().exponent.item() - bits)
    for before, after in zip(fractions(x), fractions(on_grid(x, bits)), strict=True):
        assert after == round(before / step) * step  # the nearest, and of two the even one
        assert abs(after / step) <= 2**bits


@given(x=tensors(), bits=BITS)
def test_rows_are_rounded_as_if_they_were_alone(x: Tensor, bits: int) -> None:
    alone = [on_grid(row, bits) for row in x]
    assert torch.equal(rows_on_grid(x, bits), torch.stack(alone))


@given(x=tensors(3, 17), order=st.permutations(range(17)), pieces=st.integers(1, 17))
def test_sums_are_exact_in_any_order_and_grouping(x: Tensor, order: list[int], pieces: int) -> None:
    grid = on_grid(x, SUM_BITS)
    expected = [rounded(sum(fractions(row), Fraction(0))) for row in grid]
    assert total(x, 1).tolist() == expected
    assert total(x[:, order], 1).tolist() == expected
    split = sum((part.double().sum(1) for part in grid[:, order].split(pieces, dim=1)), torch.zeros(3).double())
    assert split.float().tolist() == expected
    alone = [rounded(sum(fractions(on_grid(row, SUM_BITS)), Fraction(0))) for row in x]
    assert row_totals(x).flatten().tolist() == alone


@given(data=st.data(), sizes=st.tuples(SIZES, SIZES, SIZES))
def test_products_are_those_of_fractions_rounded_once(data: st.DataObject, sizes: tuple[int, int, int]) -> None:
    n, k, m = (min(size, limit) for size, limit in zip(sizes, (4, 40, 4), strict=True))
    a, b = data.draw(tensors(n, k)), data.draw(tensors(k, m))
    for left, right in ((factor(a), factor(b)), (row_factors(a), factor(b)), (row_factors(a), row_factors(b.T).T)):
        of_left, of_right = ([fractions(row) for row in each] for each in (left, right.T))
        exact = [[sum((x * y for x, y in zip(r, c, strict=True)), Fraction(0)) for c in of_right] for r in of_left]
        assert (left @ right).tolist() == [[float(each) for each in row] for row in exact]
        assert all(float(each) == each for row in exact for each in row), "the sum is no float64"
        if max(abs(each) for row in exact for each in row) < 2**127:
            assert product(left, right).tolist() == [[rounded(each) for each in row] for row in exact]


@settings(max_examples=20)
@given(seed=st.integers(0, 2**31), terms=st.sampled_from([1, 7, 100, LONGEST]), fused=st.booleans())
def test_every_partial_sum_of_a_product_is_exact(seed: int, terms: int, fused: bool) -> None:
    """In any order, rounding the products first or not at all (fused multiply-add): float64 never rounds."""
    generator = torch.Generator().manual_seed(seed)
    a, b = (torch.randn(terms, generator=generator).abs() for _ in range(2))  # of one sign: the largest sums
    a[: terms // 2], b[: terms // 2] = a.max(), b.max()
    order = torch.randperm(terms, generator=generator)
    pairs = zip(factor(a)[order].tolist(), factor(b)[order].tolist(), strict=True)
    found, exact = 0.0, Fraction(0)
    for x, y in pairs:
        term = Fraction(x) * Fraction(y)
        found = float(Fraction(found) + term) if fused else found + x * y
        exact += term
        assert found == exact


@pytest.mark.parametrize("terms", [LONGEST + 1, 3 * LONGEST, 3 * LONGEST + 5])
def test_long_contractions_are_cut_into_exact_pieces(terms: int) -> None:
    generator = torch.Generator().manual_seed(terms)
    a, b = torch.rand(2, terms, generator=generator) + 1, torch.rand(terms, 2, generator=generator) + 1
    left, right = factor(a), factor(b)
    expected = torch.zeros(2, 2, dtype=torch.float64)
    for start in range(0, terms, LONGEST):
        some = slice(start, start + LONGEST)
        exact = [
            [
                sum((Fraction(x) * Fraction(y) for x, y in zip(row, column, strict=True)), Fraction(0))
                for column in columns
            ]
            for columns in [right[some].T.tolist()]
            for row in left[:, some].tolist()
        ]
        expected += torch.tensor([[float(each) for each in row] for row in exact], dtype=torch.float64)
    assert torch.equal(product(left, right), expected.float())
    assert torch.allclose(product(left, right), (a.double() @ b.double()).float(), rtol=1e-5)


@pytest.mark.parametrize("terms", [1, 5, LONGEST + 3])
def test_batches_of_products_are_products(terms: int) -> None:
    generator = torch.Generator().manual_seed(1)
    a, b = torch.randn(3, 2, terms, generator=generator), torch.randn(3, terms, 4, generator=generator)
    left, right = factor(a), factor(b)
    assert torch.equal(product(left, right), torch.stack([product(*each) for each in zip(left, right, strict=True)]))


@given(powers=st.lists(st.floats(0, 1), min_size=1, max_size=50), seed=st.integers(0, 2**31))
def test_sums_of_steps_are_exact_in_any_order(powers: list[float], seed: int) -> None:
    steps = on_step(torch.tensor(powers, dtype=torch.float64), POWER_STEP)
    for before, after in zip(powers, steps.tolist(), strict=True):
        assert after == round(Fraction(before) / Fraction(POWER_STEP)) * POWER_STEP
    exact = sum(fractions(steps), Fraction(0))
    order = torch.randperm(len(powers), generator=torch.Generator().manual_seed(seed))
    assert steps.sum().item() == steps[order].cumsum(0)[-1].item() == exact


@pytest.mark.parametrize("number", [torch.nan, torch.inf, -torch.inf, 2.0**101, -(2.0**127)])
@pytest.mark.parametrize("function", [bound, factor, lambda x: total(x, 0), lambda x: on_grid(x, SUM_BITS)])
def test_numbers_that_are_not_finite_are_one_error(function: Any, number: float) -> None:
    x = torch.ones(5)
    x[3] = number
    with pytest.raises(NotFinite):
        function(x)


def test_largest_and_smallest_numbers() -> None:
    largest = torch.tensor([2.0**100, -(2.0**100), 1.0])
    assert total(largest, 0) == 0
    assert total(largest[:1], 0) == 2.0**100
    assert total(torch.tensor([2.0**-149, 0.0]), 0) == 0  # far below the smallest step
    assert total(torch.tensor([2.0**-110, 2.0**-110]), 0) == 2.0**-109
    assert bound(torch.empty(0)) == 0
    assert total(torch.zeros(0, 3), 0).tolist() == [0, 0, 0]


def test_factors_do_not_change_their_argument() -> None:
    x = torch.randn(3, 5, generator=torch.Generator().manual_seed(1))
    kept = x.clone()
    for function in (factor, row_factors, row_totals, lambda x: total(x, 0)):
        function(x)
        assert torch.equal(x, kept)
