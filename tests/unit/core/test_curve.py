"""The training curve as CSV: exact, and strict about damage."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.core.curve import Point, parse_point, read_curve, write_curve
from makemore.core.errors import UserError

FLOAT = st.floats(allow_nan=False) | st.sampled_from([math.inf, -math.inf, 5e-324, -0.0, 0.1 + 0.2])
POINTS = st.lists(
    st.builds(Point, st.integers(0, 2**63), FLOAT, FLOAT, FLOAT), max_size=20, unique_by=lambda point: point.step
).map(sorted)


def bits(curve: list[Point]) -> list[tuple[int, str, str, str]]:
    """The points with their floats in hexadecimal, which tells 0.0 from -0.0."""
    return [(point.step, *(number.hex() for number in point[1:])) for point in curve]  # type: ignore[misc]


@settings(max_examples=50)
@given(POINTS)
def test_curve_that_was_written_is_read_back_bit_by_bit(
    tmp_path_factory: pytest.TempPathFactory, curve: list[Point]
) -> None:
    path = tmp_path_factory.getbasetemp() / "history.csv"
    write_curve(path, curve)
    assert bits(read_curve(path)) == bits(curve)


def test_text_of_a_curve(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    write_curve(path, [Point(0, 3.5, math.inf, 0.0), Point(10, 0.1 + 0.2, 1e-300, 0.004)])
    expected = b"step,train_nll,dev_nll,lr\n0,3.5,inf,0.0\n10,0.30000000000000004,1e-300,0.004\n"
    assert path.read_bytes() == expected


def test_curve_without_points_is_a_header(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    write_curve(path, [])
    assert path.read_bytes() == b"step,train_nll,dev_nll,lr\n"
    assert read_curve(path) == []


HEADER = "step,train_nll,dev_nll,lr\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "step,train_nll,dev_nll\n",
        "0,1.0,1.0,0.1\n",
        f"{HEADER}0,1.0,1.0\n",
        f"{HEADER}0,1.0,1.0,0.1,0.2\n",
        f"{HEADER}0,1.0,1.0,\n",
        f"{HEADER}0,1.0,one,0.1\n",
        f"{HEADER}0,nan,1.0,0.1\n",
        f"{HEADER}0.5,1.0,1.0,0.1\n",
        f"{HEADER}1e9,1,1,1\n",
        f"{HEADER}5,1.0,1.0,0.1\n0,1.0,1.0,0.1\n",
        f"{HEADER}\n0,1.0,1.0,0.1\n",
        f"{HEADER}0,1.0,1.0,0.1",
        f"{HEADER}0,1.0,1.0,0.1\n1,1.",
    ],
)
def test_damaged_file_is_an_error_of_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "history.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as error:
        read_curve(path)
    what = "damaged, not a training curve; delete it and run `dvc repro` to create it again"
    assert str(error.value) == f"{path}: {what}"


def test_point_is_parsed_from_numbers() -> None:
    """As in a checkpoint and a journal; those of the file are text."""
    assert parse_point([10, 0.5, math.inf, 1e-3]) == Point(10, 0.5, math.inf, 1e-3)
    for values in ([], [1], [1, 2.0, 3.0, 4.0, 5.0], [None, 1, 2, 3]):
        with pytest.raises((TypeError, ValueError)):
            parse_point(values)  # type: ignore[arg-type]
