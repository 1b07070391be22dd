"""Exact losses, compared with a loop over symbols."""

import math

import pytest
import torch

from makemore import evaluation
from makemore.core.corpus import Corpus
from makemore.core.errors import UserError
from makemore.core.tokens import encode_rows
from makemore.evaluation import Likelihood, chunks, extremes, likelihood, score, summary
from tests.conftest import CONFIGS
from tests.unit.conftest import Fitted


@pytest.mark.parametrize("name", sorted(CONFIGS))
@pytest.mark.parametrize(
    "limits",
    [{}, {"LOGITS_PER_CALL": 500, "NAMES_PER_CHUNK": 4}, {"LARGEST_TABLE": 0}, {"SYMBOLS_PER_WINDOW": 10**6}],
    ids=["default", "small chunks", "no table of windows", "only windows that occur"],
)
def test_likelihood_equals_that_of_a_loop(
    fitted: Fitted, corpus: Corpus, monkeypatch: pytest.MonkeyPatch, name: str, limits: dict[str, int]
) -> None:
    for limit, value in limits.items():
        monkeypatch.setattr(evaluation, limit, value)
    model = fitted(name)
    found = likelihood(model, corpus.rows["train"])
    per_word = []
    for word in corpus.words("train"):
        tokens = [0, *corpus.vocabulary.encode(word), 0]
        total = 0.0
        for t in range(1, len(tokens)):
            logits = model(torch.tensor([tokens[:t]]))[0, -1].double()
            total -= logits.log_softmax(0)[tokens[t]].item()
        per_word.append((total, len(word) + 1))
    assert found.mean() == pytest.approx(sum(nll for nll, _ in per_word) / sum(n for _, n in per_word), abs=1e-6)
    assert found.by_word() == pytest.approx([nll / n for nll, n in per_word], abs=1e-6)
    assert found.totals().tolist() == pytest.approx([nll for nll, _ in per_word], abs=1e-5)


def test_evaluation_turns_dropout_off_and_restores_the_mode(fitted: Fitted, corpus: Corpus) -> None:
    model = fitted("mlp", dropout=0.5)
    expected = likelihood(model, corpus.rows["dev"]).mean()
    assert likelihood(model.train(), corpus.rows["dev"]).mean() == expected
    assert model.training


def test_chunks_hold_at_most_the_allowed_number_of_logits(fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    model, tokens = fitted("uniform"), torch.arange(70).view(10, 7)
    monkeypatch.setattr(evaluation, "LOGITS_PER_CALL", 3 * 7 * 16)
    assert [len(chunk) for chunk in chunks(tokens, model)] == [3, 3, 3, 1]
    assert torch.equal(torch.cat(chunks(tokens, model)), tokens)
    monkeypatch.setattr(evaluation, "LOGITS_PER_CALL", 1)
    assert [len(chunk) for chunk in chunks(tokens, model)] == [1] * 10, "a chunk has at least one row"


def test_positions_are_averaged_over_the_names_that_reach_them(corpus: Corpus) -> None:
    rows = encode_rows(["ab", "b"], corpus.vocabulary, corpus.longest)
    nll = torch.zeros(2, corpus.longest + 1, dtype=torch.float64)
    nll[0, :3], nll[1, :2] = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([3.0, 5.0])
    found = Likelihood(nll, counted=rows[:, 1:] >= 0)
    assert found.by_position() == [2.0, 3.5, 3.0]
    assert found.by_word() == [2.0, 4.0]
    assert found.mean() == 14 / 5


def test_summary_of_a_split(fitted: Fitted, corpus: Corpus) -> None:
    nll = math.log(len(corpus.vocabulary))
    assert summary(likelihood(fitted("uniform"), corpus.rows["dev"])) == {
        "nll": pytest.approx(nll),
        "bits_per_char": pytest.approx(nll / math.log(2)),
        "perplexity": pytest.approx(len(corpus.vocabulary)),
        "n_tokens": 9,
    }


def test_split_without_names_has_no_summary(fitted: Fitted, corpus: Corpus) -> None:
    empty = likelihood(fitted("uniform"), corpus.rows["dev"][:0])
    assert summary(empty) is None
    assert empty.by_position() == empty.by_word() == []


def test_impossible_name_has_an_infinite_loss(fitted: Fitted, corpus: Corpus) -> None:
    rows = encode_rows(["zzz", "emma"], corpus.vocabulary, 4)
    found = likelihood(fitted("count", smoothing=0), rows)
    assert found.by_word()[0] == math.inf
    assert math.isfinite(found.by_word()[1])
    assert summary(found) == {"nll": math.inf, "bits_per_char": math.inf, "perplexity": math.inf, "n_tokens": 9}
    assert list(extremes(["zzz", "emma"], found, 1)["least_likely"].items()) == [("zzz", math.inf)]


def test_huge_but_finite_loss_has_an_infinite_perplexity() -> None:
    found = summary(Likelihood(torch.tensor([[800.0]], dtype=torch.float64), counted=torch.tensor([[True]])))
    assert found == {"nll": 800.0, "bits_per_char": 800.0 / math.log(2), "perplexity": math.inf, "n_tokens": 1}


def test_loss_that_is_not_a_number_is_an_error(fitted: Fitted, corpus: Corpus) -> None:
    model = fitted("mlp")
    with torch.no_grad():
        model.get_parameter("head.bias").fill_(math.nan)
    found = likelihood(model, corpus.rows["dev"])
    for use in (found.by_word, found.by_position, lambda: summary(found)):
        with pytest.raises(UserError, match="the loss is not a number: the weights are broken; train the model again"):
            use()


def test_extremes_are_ordered_and_distinct(fitted: Fitted, corpus: Corpus) -> None:
    words, found = corpus.words("train"), likelihood(fitted("count"), corpus.rows["train"])
    assert words.count("emma") == 2
    nll = dict(zip(words, found.by_word(), strict=True))
    three = extremes(words, found, 3)
    assert list(three["most_likely"].items()) == sorted(nll.items(), key=lambda item: item[1])[:3]
    assert list(three["least_likely"].items()) == sorted(nll.items(), key=lambda item: -item[1])[:3]
    assert len(extremes(words, found, 99)["most_likely"]) == 9
    assert extremes(words, found, 0) == {"most_likely": {}, "least_likely": {}}


def test_score_is_the_likelihood_of_the_normalised_name(fitted: Fitted, corpus: Corpus) -> None:
    model, words = fitted("gpt"), corpus.words("dev")
    assert score(model, words) == pytest.approx(likelihood(model, corpus.rows["dev"]).by_word(), abs=1e-6)
    accented = Corpus.of({"train": ["zoë"], "dev": ["zoë"], "test": []}, ".")
    model.vocabulary = accented.vocabulary
    assert score(model, ["zoe\u0308"]) == score(model, ["zoë"])


def test_scoring_an_unknown_character_or_too_long_a_name_is_an_error(fitted: Fitted) -> None:
    with pytest.raises(UserError, match="'q' is not in the vocabulary"):
        score(fitted("gpt"), ["emma", "q"])
    with pytest.raises(UserError, match="a name of 9 characters, but the model was trained on at most 8"):
        score(fitted("gpt"), ["emma", "a" * 9])
