"""A share of a network's targets comes from an n-gram model of train."""

import pytest
import torch
from torch import Tensor

from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import PAD, inputs_and_targets
from makemore.models import ngram
from makemore.models.base.catalog import AnyModel, build, parse_config
from makemore.training import smoothing
from makemore.training.loop import Loop, whole_batch
from makemore.training.process_group import ALONE
from makemore.training.shards import ShardedGradient
from makemore.training.smoothing import ORDER, smoother
from tests.conftest import CONFIGS


@pytest.fixture
def model(corpus: Corpus) -> AnyModel:
    """An untrained model with random weights, which drops nothing."""
    built = build(parse_config("mlp", CONFIGS["mlp"] | {"dropout": 0.0}), corpus.vocabulary, corpus.longest)
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)) / 3)
    return built


@pytest.fixture
def rows(corpus: Corpus) -> Tensor:
    """All names of train, padded."""
    return corpus.names["train"].tensor()


def test_targets_are_mixed_with_what_counting_says(model: AnyModel, corpus: Corpus, rows: Tensor) -> None:
    counted = ngram.Model(ngram.Config(model="ngram", order=ORDER), corpus.vocabulary, corpus.longest)
    counted.fit(corpus)
    inputs, targets = inputs_and_targets(rows)
    said = counted(inputs).double().softmax(dim=-1)
    expected = -(said * model(inputs).double().log_softmax(dim=-1)).sum(dim=-1)[targets != PAD].mean()
    alone = model.loss(rows)
    for share in (0.25, 1.0):
        found = model.loss(rows, smoother(corpus, share)(rows))
        assert found.item() == pytest.approx((alone * (1 - share) + expected * share).item(), abs=1e-5)
    assert smoother(corpus, 0)(rows) is None


@pytest.mark.parametrize("count", [2, 3])
def test_shards_ask_about_their_own_names(model: AnyModel, corpus: Corpus, rows: Tensor, count: int) -> None:
    losses = [
        compute(model, rows, 1, 1, smoother(corpus, 0.4)) for compute in (whole_batch, ShardedGradient(count, ALONE))
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)


def test_a_table_has_the_answers_that_batches_get(
    corpus: Corpus, rows: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = smoother(corpus, 0.5)(rows)
    monkeypatch.setattr(smoothing, "LARGEST_TABLE", 0)
    asked = smoother(corpus, 0.5)(rows)
    assert looked_up is not None
    assert asked is not None
    assert torch.equal(looked_up.probabilities, asked.probabilities)


def test_training_uses_it(corpus: Corpus) -> None:
    def loss(smoothing: float) -> float:
        return Loop.start(corpus, parse_config("mlp", CONFIGS["mlp"] | {"smoothing": smoothing})).take_step()  # type: ignore[arg-type]

    assert len({loss(0.0), loss(0.3), loss(0.6)}) == 3
