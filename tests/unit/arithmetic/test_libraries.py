"""Functions of Python and numpy that IEEE 754 does not fix: where makemore and the stages use them, and why they may.

The dispatch mode of tests/exactness.py sees torch only. This is the list for everything else, read from the source.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

# Those of libm; and those of numpy that call it, or add floats in an order of their own.
OF_MATH = {
    *("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cos", "cosh", "dist", "erf", "erfc", "exp"),
    *("exp2", "expm1", "gamma", "hypot", "lgamma", "log", "log10", "log1p", "log2", "pow", "sin", "sinh", "sumprod"),
    *("tan", "tanh"),
}
OF_NUMPY = OF_MATH | {
    *("average", "convolve", "corrcoef", "cov", "einsum", "geomspace", "interp", "linspace", "logaddexp", "logspace"),
    *("matmul", "dot", "inner", "outer", "tensordot", "vdot", "mean", "median", "nanmean", "nansum", "percentile"),
    *("power", "prod", "quantile", "std", "sum", "trapezoid", "var"),
}
OF_RANDOM = {"normal", "standard_normal", "exponential", "gamma", "beta", "choice", "shuffle", "permutation", "gauss"}
MAY: dict[tuple[str, str], str] = {
    (
        "makemore/experiments/sweep.py",
        "from statistics import *",
    ): "adds fractions, without rounding; shown, not stored",
    ("makemore/comparing/base.py", "math.hypot"): "an interval that is shown and not stored",
    ("makemore/cli/score.py", "math.log"): "shown with few digits, and not stored",
}


def uses() -> Iterator[tuple[str, str]]:
    """The functions in question, by the file that uses them."""
    for path in sorted(path for folder in ("makemore", "stages") for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if found := _name(node):
                yield path.relative_to(ROOT).as_posix(), found


def _name(node: ast.AST) -> str | None:  # noqa: PLR0911 (one for each kind of use)
    match node:
        case ast.Attribute(value=ast.Name(id="math"), attr=name) if name in OF_MATH:
            return f"math.{name}"
        case ast.Attribute(value=ast.Name(id="np"), attr=name) if name in OF_NUMPY:
            return f"np.{name}"
        case ast.Attribute(value=ast.Name(id="random"), attr=name) if name in OF_RANDOM - {"normal"}:
            return f"random.{name}"
        case ast.ImportFrom(module="math" | "statistics" | "cmath" as module, names=names):
            bad = {each.name for each in names} & OF_MATH if module == "math" else {"*"}
            return f"from {module} import {', '.join(sorted(bad))}" if bad else None
        case ast.Import(names=[ast.alias(name="statistics" | "cmath" | "scipy" as module)]):
            return f"import {module}"
        case ast.BinOp(op=ast.Pow(), left=base, right=power) | ast.AugAssign(op=ast.Pow(), target=base, value=power):
            return None if _is_exact_power(base, power) else f"{ast.unparse(base)} ** {ast.unparse(power)}"
    return None


def _is_exact_power(base: ast.expr, power: ast.expr) -> bool:
    """Of integers, as far as the source says; or of 2.0 by an integer, which is exact."""
    fraction = any(isinstance(each, ast.Constant) and isinstance(each.value, float) for each in ast.walk(power))
    negative = isinstance(power, ast.UnaryOp)
    is_two = isinstance(base, ast.Constant) and base.value == 2
    is_float = isinstance(base, ast.Constant) and isinstance(base.value, float)
    return not fraction and (is_two or not (negative or is_float))


def test_list_is_complete() -> None:
    assert {*uses()} == {*MAY}


@pytest.mark.parametrize(
    "source",
    [
        "math.log(2)",
        "np.exp(x)",
        "np.sum(x)",
        "x ** 0.5",
        "x ** -1",
        "10.0 ** k",
        "import statistics",
        "from math import exp",
    ],
)
def test_function_is_found(source: str) -> None:
    assert [found for node in ast.walk(ast.parse(source)) if (found := _name(node))]


@pytest.mark.parametrize("source", ["math.sqrt(2)", "2.0 ** -38", "2 ** k", "V ** 2", "np.zeros(3)", "math.fsum(x)"])
def test_exact_function_is_not_found(source: str) -> None:
    assert not [found for node in ast.walk(ast.parse(source)) if (found := _name(node))]
