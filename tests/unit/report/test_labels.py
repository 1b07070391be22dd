"""The labels of points cover neither each other nor other points, however close the points are."""

from itertools import combinations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from makemore.report.charts.labels import CHARACTER, CLOSE, DOT, LINE, Box, Label, place
from makemore.report.charts.quality import quality_against

WIDTH, HEIGHT = 520.0, 340.0
POINTS = st.tuples(st.integers(150, 370), st.integers(60, 280)).map(lambda point: (float(point[0]), float(point[1])))


def box_of(label: Label, text: str) -> Box:
    width = CHARACTER * len(text)
    return Box(label.x - width / 2, label.y - LINE / 2, label.x + width / 2, label.y + LINE / 2)


@given(st.lists(st.tuples(POINTS, st.text("a", min_size=3, max_size=10)), min_size=1, max_size=12))
def test_nothing_is_covered(labelled: list[tuple[tuple[float, float], str]]) -> None:
    points, texts = [point for point, _ in labelled], [text for _, text in labelled]
    labels = place(points, texts, WIDTH, HEIGHT)
    boxes = [box_of(label, text) for label, text in zip(labels, texts, strict=True)]
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    for number, box in enumerate(boxes):
        assert box.within(WIDTH, HEIGHT)
        for other, (x, y) in enumerate(points):
            assert other == number or not box.overlaps(Box(x - DOT, y - DOT, x + DOT, y + DOT))


def test_label_of_a_lonely_point_is_to_its_right() -> None:
    (label,) = place([(100.0, 100.0)], ["gpt"], WIDTH, HEIGHT)
    assert label == Label(100 + CLOSE + 3 * CHARACTER / 2, 100, None)


def test_label_at_the_edge_stays_inside() -> None:
    (label,) = place([(515.0, 100.0)], ["gpt-modern"], WIDTH, HEIGHT)
    assert label.x < 515


def test_label_that_is_further_away_has_a_line_to_its_point() -> None:
    points = [(100.0 + 14 * i, 100.0 + 14 * j) for i in range(3) for j in range(3)]
    labels = place([(114.0, 114.0), *points[:4], *points[5:]], ["middle", *["o"] * 8], WIDTH, HEIGHT)
    assert labels[0].line is not None
    assert labels[0].line[:2] == (114.0, 114.0)


def test_chart_has_a_dot_and_a_label_for_each_variant() -> None:
    rows = pd.DataFrame({"variant": ["a", "b"], "parameters": [100, 100_000], "nll": [2.5, 2.0]})
    spec = quality_against(rows, "parameters", "parameters").to_dict()
    dots, labels = spec["layer"]
    left, right = dots["encoding"]["x"]["scale"]["domain"]
    assert left < 100
    assert right > 100_000
    data = [spec["datasets"][layer["data"]["name"]] for layer in (dots, labels)]
    assert [row["variant"] for row in data[0]] == [row["variant"] for row in data[1]] == ["a", "b"]
    assert data[1][0]["x"] > 100, "to the right of its point"
    assert data[1][1]["x"] < 100_000 or data[1][1]["y"] != 2.0, "inside the chart"
