"""The tables that DVC's plots draw: what they hold, and that any symbol survives."""

import csv
import io
import math

import pytest
import torch

from makemore.core.corpus import Corpus
from makemore.models.base import Point
from makemore.report.plots import plots
from makemore.report.results import Result
from makemore.report.transitions import SYMBOLS_SHOWN, Transitions
from tests.unit.report.conftest import CURVE, MakeResult


def rows(results: list[Result], corpus: Corpus, name: str) -> list[dict[str, str]]:
    """The rows of a table, read as DVC reads it."""
    return list(csv.DictReader(io.StringIO(plots(results, corpus)[name])))


def test_curves_of_all_variants_are_in_one_table(make_result: MakeResult, corpus: Corpus) -> None:
    results = [make_result("mine", "bigram", curve=CURVE), make_result("count", "count")]
    assert plots(results, corpus)["curves"] == (
        "variant,step,train_nll,dev_nll\nmine,0,3.0,3.0\nmine,10,2.0,2.5\ncount,0,3.0,3.0\n"
    )


def test_positions_count_from_one(make_result: MakeResult, corpus: Corpus) -> None:
    assert plots([make_result("mine", dev=2.25)], corpus)["positions"] == (
        "variant,position,dev_nll\nmine,1,2.25\nmine,2,2.0\n"
    )


def test_infinite_losses_are_left_out(make_result: MakeResult, corpus: Corpus) -> None:
    curve = [Point(0, math.inf, math.inf, 0.0), Point(1, math.inf, 2.0, 0.0)]
    results = [make_result("mine", dev=math.inf, curve=curve)]
    assert [row["step"] for row in rows(results, corpus, "curves")] == ["1"]
    assert [row["position"] for row in rows(results, corpus, "positions")] == ["2"]


def test_transitions_are_shares_in_train_and_probabilities_of_models_that_see_one_symbol(
    make_result: MakeResult, corpus: Corpus
) -> None:
    results = [make_result(name, name) for name in ("uniform", "count", "ngram")]
    found = rows(results, corpus, "transitions")
    symbols = list(corpus.vocabulary.symbols)
    counts = corpus.bigrams.double()
    expected = {
        "train": counts / counts.sum(dim=1, keepdim=True).clamp(min=1),
        "count": results[1].model(torch.arange(len(symbols)).unsqueeze(1))[:, 0].softmax(dim=-1),
    }
    assert list(dict.fromkeys(row["of"] for row in found)) == list(expected)
    for name, matrix in expected.items():
        table = [row for row in found if row["of"] == name]
        assert [(row["current"], row["next"]) for row in table] == [(a, b) for a in symbols for b in symbols]
        probabilities = [float(row["probability"]) for row in table]
        assert probabilities == pytest.approx(matrix.flatten().tolist(), abs=1e-6)


def test_any_symbol_survives(make_result: MakeResult) -> None:
    corpus = Corpus.of({"train": ['a,"b', "\u2028é 'x", "名\t|"], "dev": ["a"], "test": []}, ".")
    found = rows([make_result("mine")], corpus, "transitions")
    assert list(dict.fromkeys(row["next"] for row in found)) == list(corpus.vocabulary.symbols)


def test_shares_count_followers_that_are_not_shown() -> None:
    """Of 45 symbols, 40 are shown: the row of a symbol may then sum to less than 1."""
    frequent = [chr(ord("a") + number) for number in range(SYMBOLS_SHOWN - 1)]  # and the end marker
    rare = [chr(0x4E00 + number) for number in range(5)]
    corpus = Corpus.of({"train": [*frequent, *frequent, "a" + rare[0], *rare], "dev": frequent, "test": []}, ".")
    bigrams = Transitions.of(corpus)
    assert len(bigrams.shown) == SYMBOLS_SHOWN
    a = corpus.vocabulary.symbols.index("a")
    assert bigrams.probabilities[a].sum().item() == pytest.approx(2 / 3), "a name in three goes on"
