"""Logarithms and powers of single numbers, next to those of Python."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore.arithmetic.numbers import LN_2, LN_10, exp, log, log10, power_of_ten

ULP = 2.0**-52


def test_constants() -> None:
    assert math.log(2) == LN_2
    assert math.log(10) == LN_10


@given(x=st.floats(1e-300, 1e300))
def test_logarithms(x: float) -> None:
    assert log(x) == pytest.approx(math.log(x), rel=2 * ULP, abs=ULP)
    assert log10(x) == pytest.approx(math.log10(x), rel=3 * ULP, abs=ULP)


@given(x=st.floats(-700, 700), y=st.floats(-300, 300))
def test_powers(x: float, y: float) -> None:
    assert exp(x) == pytest.approx(math.exp(x), rel=6 * ULP)
    assert power_of_ten(y) == pytest.approx(10.0**y, rel=2.0**-43)


def test_edges() -> None:
    assert (log(1), log10(1), exp(0), power_of_ten(0)) == (0, 0, 1, 1)
    assert log(0) == -math.inf
    assert math.isnan(log(-1))
