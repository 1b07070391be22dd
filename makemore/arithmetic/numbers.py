"""Logarithms and powers of single numbers: Python's come from the machine's library, and differ in the last bit."""

import torch

from makemore.arithmetic.elementary import exp64, log64

LN_2, LN_10 = 0.6931471805599453, 2.302585092994046


def log(x: float) -> float:
    """The natural logarithm of a positive number."""
    return log64(torch.tensor(x, dtype=torch.float64)).item()


def log10(x: float) -> float:
    """The decimal logarithm of a positive number, within 2 ulp."""
    return log(x) / LN_10


def exp(x: float) -> float:
    """e^x, within 3 ulp, for x from -708.5 to 708.5."""
    power = exp64(torch.tensor(-abs(x), dtype=torch.float64)).item()
    return 1 / power if x > 0 else power


def power_of_ten(x: float) -> float:
    """10^x, for x from -300 to 300. Its relative error is that of x ln 10: up to 2^-44."""
    return exp(x * LN_10)
