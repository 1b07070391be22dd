"""Places the labels of points so that they cover neither each other nor other points."""

import math
from typing import NamedTuple

CHARACTER, LINE = 6.8, 13.0  # the size of a character of a label, in pixels: that of a wide font
DOT = 6.0  # half the side of the square that a point keeps free
DISTANCES = (7, 16, 26, 38, 52, 68, 86)  # from the point to its label, in pixels
CLOSE = DISTANCES[0]  # a label that is further away gets a line to its point
DIRECTIONS = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))  # right first; y grows downwards


class Box(NamedTuple):
    """A rectangle, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def within(self, width: float, height: float) -> bool:
        return self.left >= 0 and self.top >= 0 and self.right <= width and self.bottom <= height

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


class Label(NamedTuple):
    """Where a label is.

    x, y: its middle, in pixels
    line: from the point to the label, as x1, y1, x2, y2, if it is not next to its point
    """

    x: float
    y: float
    line: tuple[float, float, float, float] | None


def place(points: list[tuple[float, float]], texts: list[str], width: float, height: float) -> list[Label]:
    """The place of the label of each point (x, y) in a chart of this size: the closest one that is free.

    If there is no free place, the label is to the right of its point.
    """
    dots = [Box(x - DOT, y - DOT, x + DOT, y + DOT) for x, y in points]
    taken: list[Box] = []
    labels = []
    for number, (point, text) in enumerate(zip(points, texts, strict=True)):
        others = [*taken, *dots[:number], *dots[number + 1 :]]
        candidates = [(distance, _box(point, text, distance, to)) for distance in DISTANCES for to in DIRECTIONS]
        free = (
            (distance, box)
            for distance, box in candidates
            if box.within(width, height) and not any(box.overlaps(other) for other in others)
        )
        distance, box = next(free, candidates[0])
        taken.append(box)
        line = None if distance == CLOSE else (*point, *_nearest(box, point))
        labels.append(Label(*box.middle, line))
    return labels


def _box(point: tuple[float, float], text: str, distance: float, to: tuple[int, int]) -> Box:
    (x, y), (right, down) = point, to
    width = CHARACTER * len(text)
    away = distance if not (right and down) else distance / math.sqrt(2)
    middle_x, middle_y = x + right * (away + width / 2), y + down * (away + LINE / 2)
    return Box(middle_x - width / 2, middle_y - LINE / 2, middle_x + width / 2, middle_y + LINE / 2)


def _nearest(box: Box, point: tuple[float, float]) -> tuple[float, float]:
    """The place in `box` that is the closest to `point`."""
    x, y = point
    return min(max(x, box.left), box.right), min(max(y, box.top), box.bottom)
