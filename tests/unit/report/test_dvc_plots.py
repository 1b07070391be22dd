"""The tables that DVC's plots draw: what they hold, and that any symbol survives."""

import csv
import io
import math

import pytest

from makemore.corpus.corpus import Corpus
from makemore.models.base import Point
from makemore.report.charts.dvc_plots import plots
from makemore.report.story import Story
from tests.unit.report.conftest import CURVE, MakeResult, Tell, data_card, dev_names


def rows(story: Story, name: str) -> list[dict[str, str]]:
    """The rows of a table, read as DVC reads it."""
    return list(csv.DictReader(io.StringIO(plots(story)[name])))


def test_variants_are_in_one_table_the_best_first_and_positions_count_from_one(
    make_result: MakeResult, tell: Tell
) -> None:
    found = plots(tell([make_result("count", "count", dev=2.5), make_result("mine", "bigram", dev=2.25, curve=CURVE)]))
    assert found["curves"] == "variant,step,train_nll,dev_nll\nmine,0,3.0,3.0\nmine,10,2.0,2.5\ncount,0,3.0,3.0\n"
    assert found["positions"] == "variant,position,dev_nll\nmine,1,2.25\nmine,2,2.0\ncount,1,2.5\ncount,2,2.0\n"


def test_infinite_losses_are_left_out(make_result: MakeResult, tell: Tell) -> None:
    curve = [Point(0, math.inf, math.inf, 0.0), Point(1, math.inf, 2.0, 0.0)]
    story = tell([make_result("mine", dev=math.inf, curve=curve)])
    assert [row["step"] for row in rows(story, "curves")] == ["1"]
    assert [row["position"] for row in rows(story, "positions")] == ["2"]


def test_transitions_are_shares_in_train_and_the_tables_of_models(
    make_result: MakeResult, tell: Tell, corpus: Corpus
) -> None:
    story = tell([make_result(name, name) for name in ("uniform", "count", "ngram")])
    found, counts, counted = rows(story, "transitions"), corpus.bigrams.double(), story.pairs.counted
    assert counted is not None
    shares = counts / counts.sum(dim=1, keepdim=True).clamp(min=1)
    expected = {"train": shares, "count": counted.probabilities}
    assert list(dict.fromkeys(row["of"] for row in found)) == list(expected)
    symbols = list(corpus.vocabulary.symbols)
    for name, matrix in expected.items():
        of_name = [row for row in found if row["of"] == name]
        assert [(row["current"], row["next"]) for row in of_name] == [(a, b) for a in symbols for b in symbols]
        probabilities = [float(row["probability"]) for row in of_name]
        assert probabilities == pytest.approx(matrix.flatten().tolist(), abs=1e-6)


def test_any_symbol_survives(make_result: MakeResult) -> None:
    corpus = Corpus.of({"train": ['a,"b', "é 'x", "名|", "emma"], "dev": ["ax"], "test": []}, ".")
    results = [make_result("mine")]
    found = rows(Story.of(results, corpus, data_card(), dev_names(results, corpus)), "transitions")
    assert list(dict.fromkeys(row["next"] for row in found)) == [".", "␣", *corpus.vocabulary.symbols[2:]]
