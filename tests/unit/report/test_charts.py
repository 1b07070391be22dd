"""The charts of the report: which are drawn, of which data, and in which order."""

import math
from typing import Any

import vl_convert

from makemore.corpus.corpus import Corpus
from makemore.report.charts import charts
from makemore.report.style import AnyChart
from tests.unit.report.conftest import CURVE, MakeResult, told


def data_of(chart: AnyChart) -> list[dict[str, Any]]:
    """All rows of data in a chart."""
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


def test_every_chart_is_drawn(make_result: MakeResult, corpus: Corpus) -> None:
    results = [
        make_result("uniform", dev=3.0),
        make_result("count", "count"),
        make_result("mine", "bigram", curve=CURVE),
    ]
    drawn = charts(told(results, corpus))
    assert list(drawn) == ["steps", "counts", "tables", "losses", "sizes", "curves", "positions"]


def test_charts_without_data_are_left_out(make_result: MakeResult, corpus: Corpus) -> None:
    """No other model, so no steps and no tables; no parameters, so no sizes; no training, so no curves."""
    assert list(charts(told([make_result("uniform")], corpus))) == ["counts", "losses", "positions"]


def test_infinite_losses_are_in_no_chart(make_result: MakeResult, corpus: Corpus) -> None:
    results = [make_result("impossible", "count", dev=math.inf, test=None), make_result("mine", "bigram", dev=2.25)]
    drawn = charts(told(results, corpus))
    losses = {(row["variant"], row["split"]) for row in data_of(drawn["losses"]) if "split" in row}
    assert losses == {("mine", "dev"), ("mine", "test")}
    assert {row["variant"] for row in data_of(drawn["sizes"]) if "variant" in row} == {"mine"}
    assert [row["variant"] for row in data_of(drawn["positions"])] == ["mine", "mine", "impossible"]
    assert "steps" not in drawn


def test_charts_can_be_drawn_if_every_loss_is_infinite(make_result: MakeResult, corpus: Corpus) -> None:
    results = [make_result("impossible", "count", dev=math.inf, test=math.inf)]
    for chart in charts(told(results, corpus)).values():
        assert vl_convert.vegalite_to_svg(chart.to_dict()).startswith("<svg")


def test_variants_are_ordered_by_dev_nll(make_result: MakeResult, corpus: Corpus) -> None:
    drawn = charts(told([make_result("worse", dev=3.0), make_result("better", dev=2.0)], corpus))
    assert drawn["losses"].to_dict()["layer"][0]["encoding"]["y"]["sort"] == ["better", "worse"]
    assert drawn["losses"].to_dict()["layer"][0]["encoding"]["y"]["scale"]["domain"] == ["better", "worse"]
    assert drawn["positions"].to_dict()["layer"][0]["encoding"]["color"]["scale"]["domain"] == ["better", "worse"]
