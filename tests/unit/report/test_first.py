"""The first screen: the beginning that is continued, and the lines of the ranking."""

import math

import pytest

from makemore.report.first import MARGIN, beginning, lines
from tests.unit.report.conftest import MakeResult, Tell


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["mara", "mario", "anna", "marina"], "ma"),
        (["李娜", "李伟", "王芳"], "李"),
        (["abcdefghijkl", "abcdefghijkm", "x"], "abc"),
        (["a", "b"], ""),
        ([], ""),
    ],
)
def test_beginning_is_the_most_frequent_one_that_a_name_continues(names: list[str], expected: str) -> None:
    assert beginning(names) == expected


def test_lines_are_the_best_counting_and_knowing_nothing(make_result: MakeResult, tell: Tell) -> None:
    results = [
        make_result("uniform", "uniform", dev=3.0),
        make_result("count", "count", dev=2.5, interval=(2.4, 2.6)),
        make_result("gpt", "gpt", dev=2.0),
        make_result("other", "mlp", dev=2.25),
        make_result("impossible", "ngram", dev=math.inf),
    ]
    found, others = lines(tell(results))
    assert [(line.result.variant, line.who) for line in found] == [
        ("gpt", "the best of 5"),
        ("count", "counting pairs"),
        ("uniform", "knowing nothing"),
    ]
    assert (found[0].place, found[2].place) == (MARGIN, 1 - MARGIN)
    assert found[1].low == pytest.approx(MARGIN + 0.4 * (1 - 2 * MARGIN))
    assert others == [pytest.approx(MARGIN + 0.25 * (1 - 2 * MARGIN))]


def test_one_variant_and_an_infinite_loss(make_result: MakeResult, tell: Tell) -> None:
    ((line,), others) = lines(tell([make_result("count", "count", dev=math.inf)]))
    assert (line.who, line.place, others) == ("the only one", None, [])
