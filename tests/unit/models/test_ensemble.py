"""The mixture of several models, and the weights that EM finds for it."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from makemore.combining import combined
from makemore.core.errors import UserError
from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import inputs_and_targets
from makemore.evaluation import likelihood
from makemore.models import ensemble
from makemore.models.base import catalog
from makemore.models.base.catalog import AnyModel, parse_config
from tests.conftest import CONFIGS
from tests.unit.conftest import Fitted

MEMBERS = ("gpt", "rnn", "ngram", "count")


def config(*members: str, **changes: Any) -> ensemble.Config:
    values = CONFIGS["ensemble"] | {"members": {name: CONFIGS[name] for name in members}} | changes
    found = parse_config("mixed", values)
    assert isinstance(found, ensemble.Config)
    return found


@pytest.fixture
def mixed(fitted: Fitted, corpus: Corpus) -> AnyModel:
    """An ensemble of four models, with and without windows and caches."""
    model, _ = combined(config(*MEMBERS), {name: fitted(name) for name in MEMBERS}, corpus)
    return model


def test_em_finds_the_weights_that_a_source_had() -> None:
    """Two coins that are thrown in turn; the first one three times as often."""
    heads = torch.tensor([0.9, 0.2], dtype=torch.float64)
    share = 0.75 * heads[0] + 0.25 * heads[1]
    came = torch.arange(10_000) < round(share.item() * 10_000)
    found = ensemble.fitted_weights(torch.where(came, heads.unsqueeze(1), 1 - heads.unsqueeze(1)))
    assert found.tolist() == pytest.approx([0.75, 0.25], abs=0.002)


def test_em_ignores_symbols_that_all_hold_impossible() -> None:
    likely = torch.tensor([[0.5, 0.0, 0.25], [0.5, 0.0, 0.75]], dtype=torch.float64)
    assert torch.equal(ensemble.fitted_weights(likely), ensemble.fitted_weights(likely[:, ::2]))
    assert ensemble.fitted_weights(likely[:, 1:2]).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("weights", [[1 / 3, 1 / 3, 1 / 3], [0.1, 0.7, 0.2], [1e-9, 1.0, 0.0]])
def test_stored_weights_have_a_sum_of_one(weights: list[float]) -> None:
    found = ensemble.on_weight_steps(torch.tensor(weights, dtype=torch.float64))
    assert found.sum().item() == 1.0
    assert found.tolist() == pytest.approx(weights, abs=2**-22)


@torch.no_grad()
def test_it_is_the_mixture_of_probabilities(mixed: AnyModel, fitted: Fitted, corpus: Corpus) -> None:
    inputs, _ = inputs_and_targets(corpus.names["test"].tensor())
    parts: list[Tensor] = [fitted(name)(inputs).double().softmax(-1) for name in MEMBERS]
    expected = sum(weight * part for weight, part in zip(mixed.get_buffer("weights").tolist(), parts, strict=True))
    assert isinstance(expected, Tensor)
    assert torch.allclose(mixed(inputs).double().exp(), expected, atol=1e-7)


def test_fitted_weights_cost_no_more_on_dev_than_equal_ones_or_a_member_alone(
    mixed: AnyModel, fitted: Fitted, corpus: Corpus
) -> None:
    members = {name: fitted(name) for name in MEMBERS}
    equal, _ = combined(config(*MEMBERS, weights="equal"), members, corpus)
    assert equal.get_buffer("weights").tolist() == [0.25] * 4
    nll = likelihood(mixed, corpus.names["dev"]).mean()
    assert all(nll <= likelihood(other, corpus.names["dev"]).mean() + 1e-6 for other in (equal, *members.values()))


@torch.no_grad()
def test_symbol_that_all_members_hold_impossible_is_impossible(fitted: Fitted, corpus: Corpus) -> None:
    members = {"count": fitted("count", smoothing=0)}
    values = config("count").model_copy(update={"members": {"count": CONFIGS["count"] | {"smoothing": 0}}})
    model, _ = combined(values, members, corpus)
    inputs, _ = inputs_and_targets(corpus.names["dev"].tensor())
    assert torch.equal(model(inputs).isinf(), members["count"](inputs).isinf())


@torch.no_grad()
def test_caches_of_members_stay_apart(mixed: AnyModel, corpus: Corpus) -> None:
    tokens = torch.randint(len(corpus.vocabulary), (3, 7), generator=torch.Generator().manual_seed(1))
    cache = list[Tensor]()
    for position in range(7):
        logits, cache = mixed.next_logits(tokens[:, position : position + 1], cache)
        assert torch.equal(logits, mixed(tokens[:, : position + 1])[:, -1])


def test_folder_needs_no_member(mixed: AnyModel, corpus: Corpus, tmp_path: Path) -> None:
    catalog.save(mixed, tmp_path)
    inputs, _ = inputs_and_targets(corpus.names["dev"].tensor())
    loaded = catalog.load(tmp_path, corpus.vocabulary)
    assert torch.equal(loaded(inputs), mixed(inputs))
    assert loaded.n_params == mixed.n_params == sum(member.n_params for member in mixed.members)  # type: ignore[union-attr]


def test_weights_that_are_no_shares_are_damage(mixed: AnyModel, corpus: Corpus, tmp_path: Path) -> None:
    mixed.get_buffer("weights")[0] += 1
    catalog.save(mixed, tmp_path)
    with pytest.raises(UserError, match="its weights are not shares of 1"):
        catalog.load(tmp_path, corpus.vocabulary)


def test_member_that_was_trained_with_other_parameters_is_refused(fitted: Fitted, corpus: Corpus) -> None:
    with pytest.raises(UserError, match="ngram was trained with other parameters"):
        combined(config("ngram", "count"), {"ngram": fitted("ngram", order=2), "count": fitted("count")}, corpus)


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (CONFIGS["ensemble"], "x is an ensemble"),
        ({"model": "gtp"}, "x.model: there is no model 'gtp'"),
        (CONFIGS["count"] | {"smoothing": -1}, "x: smoothing: input should be greater than or equal to 0"),
    ],
)
def test_config_of_a_member_is_checked(member: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_config("mixed", CONFIGS["ensemble"] | {"members": {"x": member}})
