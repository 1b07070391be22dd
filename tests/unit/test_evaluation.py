"""Exact losses, against a loop over symbols."""

import math

import pytest
import torch

from makemore import evaluation
from makemore.core.corpus import Corpus
from makemore.core.tokens import encode_rows
from makemore.evaluation import extremes, likelihood, summary
from makemore.models.base.catalog import AnyModel, parse_config
from makemore.training.fit import fit
from tests.conftest import CONFIGS


def fitted(corpus: Corpus, name: str, **changes: object) -> AnyModel:
    return fit(parse_config(name, {**CONFIGS[name], **changes}), corpus, name)[0]


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_likelihood_is_that_of_a_loop(corpus: Corpus, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "LOGITS_AT_ONCE", 500)
    model = fitted(corpus, name)
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


def test_by_position_averages_over_the_names_that_reach_it(corpus: Corpus) -> None:
    found = likelihood(fitted(corpus, "uniform"), corpus.rows["dev"])  # ivy... noel: 4 characters and the end marker
    assert found.by_position() == pytest.approx([math.log(len(corpus.vocabulary))] * 5)


def test_summary_of_a_split(corpus: Corpus) -> None:
    nll = math.log(len(corpus.vocabulary))
    assert summary(likelihood(fitted(corpus, "uniform"), corpus.rows["dev"])) == {
        "nll": pytest.approx(nll),
        "bits_per_char": pytest.approx(nll / math.log(2)),
        "perplexity": pytest.approx(len(corpus.vocabulary)),
        "n_tokens": 9,
    }


def test_a_split_without_names_has_no_loss(corpus: Corpus) -> None:
    empty = corpus.rows["dev"][:0]
    assert summary(likelihood(fitted(corpus, "uniform"), empty)) is None


def test_an_impossible_name_has_an_infinite_loss(corpus: Corpus) -> None:
    found = likelihood(fitted(corpus, "count", smoothing=0), encode_rows(["zzz", "emma"], corpus.vocabulary, 4))
    assert found.by_word()[0] == math.inf
    assert math.isfinite(found.by_word()[1])
    summed = summary(found)
    assert summed is not None
    assert (summed["nll"], summed["perplexity"]) == (math.inf, math.inf)
    assert list(extremes(["zzz", "emma"], found, 1)["least_likely"].items()) == [("zzz", math.inf)]


def test_extremes_are_ordered_and_distinct(corpus: Corpus) -> None:
    words = corpus.words("train")  # holds emma twice
    found = extremes(words, likelihood(fitted(corpus, "count"), corpus.rows["train"]), 3)
    easy, hard = list(found["most_likely"].values()), list(found["least_likely"].values())
    assert len(easy) == len(hard) == 3
    assert easy == sorted(easy, key=float)
    assert hard == sorted(hard, key=float, reverse=True)
    assert len(extremes(words, likelihood(fitted(corpus, "count"), corpus.rows["train"]), 99)["most_likely"]) == 9
