"""Exact losses, compared with a loop over symbols."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from makemore.core.errors import UserError
from makemore.core.results import HeldOutMetrics
from makemore.corpus import split_names
from makemore.corpus.corpus import Corpus
from makemore.corpus.split_names import SplitNames
from makemore.corpus.tokens import encode_names
from makemore.corpus.vocabulary import Vocabulary
from makemore.evaluation import Likelihood, likelihood, score, score_symbols, small_batches, summary, symbols
from makemore.evaluation.losses import evaluated
from tests.conftest import CONFIGS
from tests.unit.conftest import Fitted


@pytest.mark.parametrize("name", sorted(CONFIGS))
@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"SYMBOLS_PER_CALL": 20, "BATCH_NAMES": 4},
        {"LARGEST_TABLE": 0},
        {"SYMBOLS_PER_WINDOW": 10**6},
        {"SYMBOLS_PER_WINDOW": 0, "BATCH_NAMES": 4},
    ],
    ids=["default", "small batches", "no table of windows", "only windows that occur", "all windows"],
)
def test_likelihood_equals_that_of_a_loop(
    fitted: Fitted, corpus: Corpus, monkeypatch: pytest.MonkeyPatch, name: str, limits: dict[str, int]
) -> None:
    for limit, value in limits.items():
        monkeypatch.setattr(split_names if limit == "BATCH_NAMES" else symbols, limit, value)
    model = fitted(name)
    found = likelihood(model, corpus.names["train"])
    by_name = [nll for batch in evaluated(model, corpus.names["train"]) for nll in batch.by_name().tolist()]
    per_name = []
    for text in corpus.decoded("train"):
        tokens = [0, *corpus.vocabulary.encode(text), 0]
        total = 0.0
        for t in range(1, len(tokens)):
            logits = model(torch.tensor([tokens[:t]]))[0, -1].double()
            total -= logits.log_softmax(0)[tokens[t]].item()
        per_name.append((total, len(text) + 1))
    assert found.mean() == pytest.approx(sum(nll for nll, _ in per_name) / sum(n for _, n in per_name), abs=1e-6)
    assert by_name == pytest.approx([nll / n for nll, n in per_name], abs=1e-6)
    assert found.symbols.sum() == corpus.names["train"].symbols


def test_evaluation_turns_dropout_off_and_restores_the_mode(fitted: Fitted, corpus: Corpus) -> None:
    model = fitted("mlp", dropout=0.5)
    expected = likelihood(model, corpus.names["dev"]).mean()
    assert likelihood(model.train(), corpus.names["dev"]).mean() == expected
    assert model.training


def test_small_batches_have_names_of_similar_length(fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    model, names = fitted("uniform"), ["emma", "bo", "max", "ann", "al"]
    tokens = encode_names(names, model.vocabulary)
    monkeypatch.setattr(symbols, "SYMBOLS_PER_CALL", 8)
    batches = [decode_rows(rows, model.vocabulary) for rows in small_batches(tokens, model)]
    assert batches == [["bo", "al"], ["max", "ann"], ["emma"]]
    monkeypatch.setattr(symbols, "LOGITS_PER_CALL", 1)
    assert [len(rows) for rows in small_batches(tokens, model)] == [1] * 5, "a batch has at least one row"
    assert not list(small_batches(encode_names([], model.vocabulary), model))


def decode_rows(rows: Tensor, vocabulary: Vocabulary) -> list[str]:
    assert (rows[-1] >= 0).all(), "the longest name fills its row"
    return [vocabulary.decode([token for token in row[1:] if token > 0]) for row in rows.tolist()]


def test_positions_are_averaged_over_the_names_that_reach_them() -> None:
    found = Likelihood(np.array([4.0, 7.0, 3.0]), np.array([2, 2, 1]))
    assert found.by_position() == [2.0, 3.5, 3.0]
    assert found.mean() == 14 / 5


def test_positions_are_those_of_the_names(fitted: Fitted, corpus: Corpus) -> None:
    found = likelihood(fitted("uniform"), SplitNames.of(["emma", "bo", "max"], corpus.vocabulary))
    assert found.symbols.tolist() == [3, 3, 3, 2, 1]
    assert found.by_position() == pytest.approx([math.log(16)] * 5)


def test_summary_of_a_split(fitted: Fitted, corpus: Corpus) -> None:
    found, size = summary(likelihood(fitted("uniform"), corpus.names["dev"])), len(corpus.vocabulary)
    assert found is not None
    values = (found.nll, found.bits_per_char, found.perplexity)
    assert values == pytest.approx((math.log(size), math.log2(size), size))
    assert found.n_tokens == 9


def test_split_without_names_has_no_summary(fitted: Fitted, corpus: Corpus) -> None:
    empty = likelihood(fitted("uniform"), SplitNames.of([], corpus.vocabulary))
    assert summary(empty) is None
    assert empty.by_position() == []


def test_impossible_name_has_an_infinite_loss(fitted: Fitted, corpus: Corpus) -> None:
    model = fitted("count", smoothing=0)
    impossible, possible = score(model, ["zzz", "emma"])
    assert impossible == math.inf
    assert math.isfinite(possible)
    found = likelihood(model, SplitNames.of(["zzz", "emma"], corpus.vocabulary))
    assert summary(found) == HeldOutMetrics(nll=math.inf, bits_per_char=math.inf, perplexity=math.inf, n_tokens=9)


def test_huge_but_finite_loss_has_an_infinite_perplexity() -> None:
    found = summary(Likelihood(np.array([800.0]), np.array([1])))
    bits = 800.0 / math.log(2)
    assert found == HeldOutMetrics(nll=800.0, bits_per_char=bits, perplexity=math.inf, n_tokens=1)


def test_loss_that_is_not_a_number_is_an_error(fitted: Fitted, corpus: Corpus) -> None:
    model = fitted("mlp")
    with torch.no_grad():
        model.get_parameter("head.bias").fill_(math.nan)
    found = likelihood(model, corpus.names["dev"])
    for use in (lambda: score(model, ["emma"]), found.by_position, lambda: summary(found)):
        with pytest.raises(UserError, match="the loss is not a number: the weights are broken; train the model again"):
            use()


def test_score_is_the_likelihood_of_the_normalised_name(fitted: Fitted, corpus: Corpus) -> None:
    model, names = fitted("gpt"), corpus.decoded("dev")
    (batch,) = evaluated(model, corpus.names["dev"])
    assert score(model, names) == pytest.approx(batch.by_name().tolist(), abs=1e-6)
    accented = Corpus.of({"train": ["zoë"], "dev": ["zoë"], "test": []}, ".")
    model.vocabulary = accented.vocabulary
    assert score(model, ["zoe\u0308"]) == score(model, ["zoë"])


def test_scoring_an_unknown_character_or_too_long_a_name_is_an_error(fitted: Fitted) -> None:
    for use in (score, score_symbols):
        with pytest.raises(UserError, match="'q' is not in the vocabulary"):
            use(fitted("gpt"), ["emma", "q"])
    with pytest.raises(UserError, match="a name of 9 characters, but the model was trained on at most 8"):
        score(fitted("gpt"), ["emma", "a" * 9])


@pytest.mark.parametrize("model", ["count", "ngram", "mlp", "gpt"])
def test_costs_of_symbols_are_those_of_the_names(fitted: Fitted, model: str) -> None:
    names = ["emma", "zoe", "", "max", "emma"]
    costs = score_symbols(fitted(model), names)
    assert [len(each) for each in costs] == [len(name) + 1 for name in names]
    assert [sum(each) / len(each) for each in costs] == pytest.approx(score(fitted(model), names))
    assert not score_symbols(fitted(model), [])
    assert not score(fitted(model), [])
