"""The training curve: the losses on train and dev, and the learning rate, every few steps.

Its columns are defined here. The loop adds points, checkpoints and the journal store them, the train stage writes them
as CSV, and report and MLflow read them.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from makemore.core.files import damaged, read_text, write_text


class Point(NamedTuple):
    """A point of the curve. Losses are in nats per symbol."""

    step: int
    train_nll: float
    dev_nll: float
    lr: float


COLUMNS = Point._fields


def parse_point(values: Sequence[float | str]) -> Point:
    """The point with these values, in the order of COLUMNS.

    Raises ValueError or TypeError if they are not a point.
    """
    step, *numbers = values
    return Point(int(step), *map(float, numbers))


def write_curve(path: Path, curve: Sequence[Point]) -> None:
    """Writes `curve` to `path` as CSV with a header. Floats are written exactly: reading them gives the same bits."""
    rows = [COLUMNS, *(map(repr, point) for point in curve)]
    write_text(path, "".join(f"{','.join(row)}\n" for row in rows))


def read_curve(path: Path) -> list[Point]:
    """The curve that `write_curve` wrote to `path`.

    Raises UserError if the file is missing or damaged.
    """
    header, *rows = read_text(path).split("\n")
    try:
        if header != ",".join(COLUMNS) or rows.pop() != "":  # a truncated file does not end with a newline
            raise ValueError(header)
        curve = [parse_point(row.split(",")) for row in rows]
        if any(math.isnan(number) for point in curve for number in point):
            raise ValueError("NaN")
        if any(later.step <= point.step for point, later in pairwise(curve)):
            raise ValueError("steps that do not ascend")
    except (IndexError, OverflowError, TypeError, ValueError):
        raise damaged(path, "not a training curve") from None
    return curve
