"""What every model guarantees. The mathematics of each model is tested in tests/unit/models/test_<model>.py."""

import math

import pytest
import torch
import torch.nn.functional as F

from makemore.arithmetic.functional import log_softmax
from makemore.core.errors import UserError
from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import inputs_and_targets
from makemore.evaluation import likelihood, score
from makemore.models.base import catalog, check_finite
from tests.conftest import CONFIGS
from tests.unit.conftest import Fitted

EVERY_MODEL = pytest.mark.parametrize("name", catalog.names())


def test_every_model_has_a_small_config_for_these_tests() -> None:
    assert sorted(CONFIGS) == catalog.names()


@EVERY_MODEL
def test_logits_are_float32_of_shape_batch_time_symbols(fitted: Fitted, corpus: Corpus, name: str) -> None:
    inputs, _ = inputs_and_targets(corpus.names["dev"].tensor())
    logits = fitted(name)(inputs)
    assert logits.shape == (*inputs.shape, len(corpus.vocabulary))
    assert logits.dtype == torch.float32


@EVERY_MODEL
@torch.no_grad()
def test_no_model_sees_the_future(fitted: Fitted, corpus: Corpus, name: str) -> None:
    model = fitted(name)
    inputs, _ = inputs_and_targets(corpus.names["dev"].tensor())
    changed = inputs.clone()
    changed[:, 3:] = (changed[:, 3:] + 1) % len(corpus.vocabulary)
    assert torch.equal(model(inputs)[:, :3], model(changed)[:, :3])


@EVERY_MODEL
@torch.no_grad()
def test_block_size_is_the_number_of_symbols_a_prediction_depends_on(fitted: Fitted, corpus: Corpus, name: str) -> None:
    model = fitted(name)
    inputs, _ = inputs_and_targets(corpus.names["dev"].tensor())
    inputs = F.pad(inputs, (0, corpus.longest + 1 - inputs.shape[1]))  # then the last symbols are end markers
    last = model(inputs)[:, -1]
    for back in range(1, inputs.shape[1]):
        changed = inputs.clone()
        changed[:, -1 - back] = (changed[:, -1 - back] + 1) % len(corpus.vocabulary)
        assert torch.equal(model(changed)[:, -1], last) == (back >= model.block_size)


@EVERY_MODEL
@torch.no_grad()
def test_next_logits_equal_those_of_the_whole_name(fitted: Fitted, corpus: Corpus, name: str) -> None:
    """Also beyond the longest name, where a window slides, and with names that leave the batch on the way."""
    model = fitted(name)
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(len(corpus.vocabulary), (5, corpus.longest + 6), generator=generator)
    new, cache = tokens[:, :3], list[torch.Tensor]()
    for end in range(3, tokens.shape[1]):
        logits, cache = model.next_logits(new, cache)
        try:
            whole = model(tokens[:, :end])[:, -1]
        except UserError:  # longer than the model has positions for
            whole = model(tokens[:, end - model.block_size : end])[:, -1]
        assert torch.equal(logits, whole)
        if end % 4 == 0:
            tokens, *cache = (part[1:] for part in (tokens, *cache))
        new = tokens[:, end : end + 1]


@EVERY_MODEL
@torch.no_grad()
def test_probabilities_sum_to_one_after_any_prefix(fitted: Fitted, corpus: Corpus, name: str) -> None:
    """After 1,000 random prefixes: mixtures are where gains have turned out to be mistakes in bookkeeping."""
    model = fitted(name)
    draw = torch.Generator().manual_seed(1)
    prefixes = torch.randint(len(corpus.vocabulary), (1000, corpus.longest + 1), generator=draw)
    prefixes[:, 0] = 0
    for length, some in enumerate(prefixes.tensor_split(corpus.longest + 1), start=1):
        logits = model(some[:, :length])[:, -1]
        assert (log_softmax(logits).exp().sum(dim=-1) - 1).abs().max() < 1e-9
        if name in ("count", "ngram", "ensemble"):  # their logits are logarithms of probabilities already
            assert (logits.double().exp().sum(dim=-1) - 1).abs().max() < 1e-6


@EVERY_MODEL
def test_loss_is_the_mean_nll(fitted: Fitted, corpus: Corpus, name: str) -> None:
    """Whatever layout a model uses for its batch, and without the padding."""
    model, train = fitted(name), corpus.names["train"]
    with torch.no_grad():
        loss = model.loss(train.tensor()).item()
    assert loss == pytest.approx(likelihood(model, train).mean(), abs=1e-5)


@EVERY_MODEL
def test_longer_name_does_not_change_the_likelihood_of_the_others(fitted: Fitted, corpus: Corpus, name: str) -> None:
    """A model without positions for it refuses."""
    model, names = fitted(name), corpus.decoded("dev")
    longer = [*names, "a" * (corpus.longest + 7)]
    if name in ("bow", "gpt", "ensemble"):
        with pytest.raises(UserError, match="but the model was trained on at most 8"):
            score(model, longer)
    else:
        assert score(model, longer)[:-1] == score(model, names)


def test_number_of_parameters_is_that_of_the_stored_values(fitted: Fitted) -> None:
    assert [fitted(name).n_params for name in ("uniform", "count", "bigram")] == [0, 16**2, 16**2]
    ngram = fitted("ngram")
    assert ngram.n_params == sum(len(table.flatten()) for table in ngram.state_dict().values())


@EVERY_MODEL
def test_weights_are_rounded_to_float16_by_fitting(fitted: Fitted, name: str) -> None:
    assert all(torch.equal(weights, weights.half().float()) for weights in fitted(name).parameters())


def test_weights_beyond_float16_are_an_error(fitted: Fitted) -> None:
    model = fitted("mlp")
    with torch.no_grad():
        model.get_parameter("head.bias")[0] = 1e5
    with pytest.raises(UserError, match=r"head\.bias has weights above 65,504; lower lr, or use more weight decay"):
        model.round_weights()


def test_tied_head_is_counted_once(fitted: Fitted) -> None:
    untied, tied = fitted("gpt"), fitted("gpt", tied_head=True)
    assert untied.n_params - tied.n_params == 16 * 16 - 1, "the head of 16 x 16 is replaced by one factor"


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_loss_that_is_not_finite_is_an_error(loss: float) -> None:
    with pytest.raises(UserError, match=f"the loss became {loss} at step 7; lower lr, or use more warm-up steps"):
        check_finite(loss, 7)
    check_finite(1e30, 7)
