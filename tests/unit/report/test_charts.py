"""The charts of the report: which are drawn, of which data, and in which order."""

import math
from typing import Any

import pytest
import torch
import vl_convert

from makemore.core.corpus import Corpus
from makemore.report import charts as report_charts
from makemore.report.results import Result
from makemore.report.style import AnyChart
from makemore.report.transitions import SYMBOLS_SHOWN
from tests.unit.report.conftest import CURVE, MakeResult, ranked


def data_of(chart: AnyChart) -> list[dict[str, Any]]:
    """All rows of data in a chart."""
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


def charts(results: list[Result], corpus: Corpus) -> dict[str, AnyChart]:
    """The charts of variants that can all be told apart."""
    return report_charts.charts(results, ranked(results), corpus)


def test_every_chart_is_drawn(make_result: MakeResult, corpus: Corpus) -> None:
    drawn = charts([make_result("count", "count"), make_result("mine", "bigram", curve=CURVE)], corpus)
    assert list(drawn) == ["losses", "sizes", "curves", "positions", "heatmaps"]


def test_charts_without_data_are_left_out(make_result: MakeResult, corpus: Corpus) -> None:
    """No parameters, so no sizes; no training, so no curves."""
    assert list(charts([make_result("uniform")], corpus)) == ["losses", "positions", "heatmaps"]


def test_infinite_losses_are_in_no_chart(make_result: MakeResult, corpus: Corpus) -> None:
    results = [make_result("impossible", "count", dev=math.inf, test=None), make_result("mine", "bigram", dev=2.25)]
    drawn = charts(results, corpus)
    losses = {(row["variant"], row["split"]) for row in data_of(drawn["losses"]) if "split" in row}
    assert losses == {("mine", "dev"), ("mine", "test")}
    assert [row["variant"] for row in data_of(drawn["sizes"])] == ["mine"]
    assert [row["variant"] for row in data_of(drawn["positions"])] == ["impossible", "mine", "mine"]


def test_charts_can_be_drawn_if_every_loss_is_infinite(make_result: MakeResult, corpus: Corpus) -> None:
    for chart in charts([make_result("impossible", "count", dev=math.inf, test=math.inf)], corpus).values():
        assert vl_convert.vegalite_to_svg(chart.to_dict()).startswith("<svg")


def test_variants_are_ordered_by_dev_nll(make_result: MakeResult, corpus: Corpus) -> None:
    drawn = charts([make_result("worse", dev=3.0), make_result("better", dev=2.0)], corpus)
    assert drawn["losses"].to_dict()["layer"][0]["encoding"]["y"]["sort"] == ["better", "worse"]
    assert drawn["losses"].to_dict()["layer"][0]["encoding"]["y"]["scale"]["domain"] == ["better", "worse"]
    assert drawn["positions"].to_dict()["encoding"]["color"]["scale"]["domain"] == ["better", "worse"]


def test_heat_maps_are_the_counts_and_the_probabilities_of_models_with_one_symbol_of_context(
    make_result: MakeResult, corpus: Corpus
) -> None:
    results = [make_result(name, name) for name in ("uniform", "count", "ngram")]
    spec = charts(results, corpus)["heatmaps"].to_dict()
    assert [each["title"] for each in spec["hconcat"]] == ["bigram counts of train", "P(next | current), count"]
    counts, probabilities = (spec["datasets"][each["data"]["name"]] for each in spec["hconcat"])
    size = len(corpus.vocabulary)
    assert [row["count"] for row in counts] == corpus.bigrams.flatten().tolist()
    expected = results[1].model(torch.arange(size).unsqueeze(1))[:, 0].softmax(dim=-1).flatten().tolist()
    assert [row["P"] for row in probabilities] == pytest.approx(expected, abs=1e-4)
    assert [row["current"] for row in counts[::size]] == list(corpus.vocabulary.symbols)


def test_heat_map_of_a_large_vocabulary_shows_the_most_frequent_symbols(make_result: MakeResult) -> None:
    frequent = [chr(ord("a") + number) for number in range(SYMBOLS_SHOWN - 1)]  # and the end marker
    rare = [chr(0x4E00 + number) for number in range(5)]
    corpus = Corpus.of({"train": [*frequent, *frequent, *rare], "dev": frequent, "test": []}, ".")
    (counts,) = charts([make_result("uniform")], corpus)["heatmaps"].to_dict()["hconcat"]
    assert counts["title"] == "bigram counts of train (the 40 most frequent of 45 symbols)"
    assert counts["encoding"]["x"]["sort"] == [".", *frequent]
