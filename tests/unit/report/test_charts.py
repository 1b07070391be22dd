"""The charts of the report: which are drawn, of which data, and in which order."""

import math
from typing import Any

import pytest
import vl_convert

from makemore.corpus.corpus import Corpus
from makemore.report.charts.charts import charts
from makemore.report.charts.heat_maps import counts_map, difference_map, table_map
from makemore.report.charts.style import AnyChart
from makemore.report.pairs import Pairs
from tests.unit.report.conftest import CURVE, MakeResult, Tell

MORE = ["losses", "sizes", "curves", "positions"]


def data_of(chart: AnyChart) -> list[dict[str, Any]]:
    """All rows of data in a chart."""
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


def test_every_chart_is_drawn_if_there_is_something_to_show(make_result: MakeResult, tell: Tell) -> None:
    uniform = make_result("uniform", dev=3.0)
    drawn = charts(tell([uniform, make_result("count", "count"), make_result("mine", "bigram", curve=CURVE)]))
    assert list(drawn) == ["steps", "counts", "counted", "learned", "difference", *MORE]
    # No other model, so no steps and no tables; no parameters, so no sizes; no training, so no curves.
    assert list(charts(tell([uniform]))) == ["counts", "losses", "positions"]


def test_infinite_losses_are_in_no_chart(make_result: MakeResult, tell: Tell) -> None:
    results = [make_result("impossible", "count", dev=math.inf, test=None), make_result("mine", "bigram", dev=2.25)]
    drawn = charts(tell(results))
    losses = {(row["variant"], row["split"]) for row in data_of(drawn["losses"]) if "split" in row}
    assert losses == {("mine", "dev"), ("mine", "test")}
    assert {row["variant"] for row in data_of(drawn["sizes"]) if "variant" in row} == {"mine"}
    assert [row["variant"] for row in data_of(drawn["positions"])] == ["mine", "mine", "impossible"]
    assert "steps" not in drawn


def test_charts_can_be_drawn_if_every_loss_is_infinite(make_result: MakeResult, tell: Tell) -> None:
    for chart in charts(tell([make_result("impossible", "count", dev=math.inf, test=math.inf)])).values():
        assert vl_convert.vegalite_to_svg(chart.to_dict()).startswith("<svg")


def test_variants_are_ordered_by_dev_nll(make_result: MakeResult, tell: Tell) -> None:
    drawn = charts(tell([make_result("worse", dev=3.0), make_result("better", dev=2.0)]))
    rows, lines = (drawn[name].to_dict()["layer"][0]["encoding"] for name in ("losses", "positions"))
    assert rows["y"]["sort"] == rows["y"]["scale"]["domain"] == ["better", "worse"]
    assert lines["color"]["scale"]["domain"] == ["better", "worse"]


def test_heat_maps_show_the_values(make_result: MakeResult, corpus: Corpus) -> None:
    pairs = Pairs.of([make_result("bigram", "bigram"), make_result("count", "count")], corpus)
    rows = data_of(counts_map(pairs))
    assert [row["value"] for row in rows] == corpus.bigrams.flatten().tolist()
    assert [row["text"] for row in rows] == [str(count) for count in corpus.bigrams.flatten().tolist()]
    maps = (table_map(pairs, pairs.counted), table_map(pairs, pairs.learned), difference_map(pairs))
    counted, learned, difference = (data_of(chart) for chart in maps if chart)
    for one, other, apart in zip(counted, learned, difference, strict=True):
        assert apart["value"] == pytest.approx(abs(other["value"] - one["value"]), abs=2e-6)
        higher = "learned" if other["value"] > one["value"] else "counted"
        assert one["value"] == other["value"] or apart["sign"].startswith(higher)
