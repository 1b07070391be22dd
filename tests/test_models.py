"""What every model promises, and the mathematics of each."""

import itertools
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from makemore import models
from makemore.corpus import Corpus, encode_rows, inputs_and_targets
from makemore.errors import UserError
from makemore.models import gpt
from makemore.training import train
from tests.conftest import CONFIGS

EVERY_MODEL = pytest.mark.parametrize("name", models.names())


@pytest.fixture(scope="module")
def fitted(corpus: Corpus) -> dict[str, models.Model]:
    """Each model, trained a little."""
    return {name: train(models.parse_config(name, CONFIGS[name]), corpus, name)[0].eval() for name in models.names()}


def test_every_model_has_a_small_config_for_these_tests() -> None:
    assert sorted(CONFIGS) == models.names()


@EVERY_MODEL
def test_logits_have_their_shape(fitted: dict[str, models.Model], corpus: Corpus, name: str) -> None:
    inputs, _ = inputs_and_targets(corpus.rows["dev"])
    logits = fitted[name](inputs)
    assert logits.shape == (*inputs.shape, len(corpus.vocabulary))
    assert logits.dtype == torch.float32


@EVERY_MODEL
def test_no_model_looks_ahead(fitted: dict[str, models.Model], corpus: Corpus, name: str) -> None:
    inputs, _ = inputs_and_targets(corpus.rows["dev"])
    changed = inputs.clone()
    changed[:, 3:] = (changed[:, 3:] + 1) % len(corpus.vocabulary)
    before, after = fitted[name](inputs)[:, :3], fitted[name](changed)[:, :3]
    assert torch.allclose(before, after, atol=1e-6)


@EVERY_MODEL
def test_block_size_is_how_far_back_a_model_looks(fitted: dict[str, models.Model], corpus: Corpus, name: str) -> None:
    model = fitted[name]
    inputs, _ = inputs_and_targets(corpus.rows["dev"])
    last = model(inputs)[:, -1]
    for back in range(1, inputs.shape[1]):
        changed = inputs.clone()
        changed[:, -1 - back] = (changed[:, -1 - back] + 1) % len(corpus.vocabulary)
        assert (not torch.allclose(model(changed)[:, -1], last, atol=1e-6)) == (back < model.block_size)


@EVERY_MODEL
def test_a_saved_model_is_the_same_model(
    fitted: dict[str, models.Model], corpus: Corpus, name: str, tmp_path: Path
) -> None:
    models.save(fitted[name], tmp_path / name)
    loaded = models.load(tmp_path / name)
    inputs, _ = inputs_and_targets(corpus.rows["dev"])
    assert torch.equal(loaded(inputs), fitted[name](inputs))
    assert loaded.config == fitted[name].config
    assert loaded.n_params == fitted[name].n_params


@pytest.mark.parametrize("smoothing", [0, 0.5, 1, 100])
def test_count_is_smoothed_relative_frequency(corpus: Corpus, smoothing: float) -> None:
    model, _ = train(models.parse_config("count", {"model": "count", "smoothing": smoothing}), corpus, "count")
    size = len(corpus.vocabulary)
    found = model(torch.arange(size).unsqueeze(1))[:, 0].exp()
    for i, j in itertools.product(range(size), repeat=2):
        row, count = int(corpus.bigrams[i].sum()), int(corpus.bigrams[i, j])
        total = row + smoothing * size
        assert found[i, j].item() == pytest.approx((count + smoothing) / total if total else 1 / size, rel=1e-5)


def test_neural_bigram_equals_training_on_one_hot_rows(corpus: Corpus) -> None:
    """Step by step: the literal loop of the lecture (one row for each symbol) and ours (the count matrix)."""
    settings = {**CONFIGS["bigram"], "steps": 50, "eval_every": 1}
    config = models.parse_config("bigram", settings)
    _, curve = train(config, corpus, "bigram")

    inputs, targets = inputs_and_targets(corpus.rows["train"])
    xs, ys = inputs[targets >= 0], targets[targets >= 0]
    size = len(corpus.vocabulary)
    one_hot = F.one_hot(xs, size).float()
    weights = torch.randn(size, size, generator=torch.Generator().manual_seed(settings["seed"]), requires_grad=True)
    for point in curve:
        counts = (one_hot @ weights).exp()
        probabilities = counts / counts.sum(1, keepdim=True)
        nll = -probabilities[torch.arange(len(xs)), ys].log().mean()
        assert point.train_nll == pytest.approx(nll.item(), abs=1e-5)
        (gradient,) = torch.autograd.grad(nll + settings["l2"] * (weights**2).mean(), weights)
        weights = (weights - settings["lr"] * gradient).detach().requires_grad_()


def test_neural_bigram_says_when_it_diverges(corpus: Corpus) -> None:
    config = models.parse_config("bigram", {**CONFIGS["bigram"], "lr": 1e30})
    with pytest.raises(UserError, match=r"the loss became (nan|inf) at step"):
        train(config, corpus, "bigram")


def test_attention_is_softmax_of_scaled_products() -> None:
    """The fused kernel against the formula, written out head by head and position by position."""
    config = gpt.Config.model_validate(CONFIGS["gpt"])
    attention = gpt.CausalSelfAttention(config).eval()
    x = torch.randn(2, 5, config.n_embd, generator=torch.Generator().manual_seed(0))
    q, k, v = attention.query_key_value(x).split(config.n_embd, dim=2)
    width = config.n_embd // config.n_head
    y = torch.zeros_like(x)
    for batch, head, t in itertools.product(range(2), range(config.n_head), range(5)):
        part = slice(head * width, (head + 1) * width)
        scores = k[batch, : t + 1, part] @ q[batch, t, part] / width**0.5
        y[batch, t, part] = scores.softmax(0) @ v[batch, : t + 1, part]
    assert torch.allclose(attention(x), attention.project(y), atol=1e-6)


def test_gpt_starts_from_ignorance(corpus: Corpus) -> None:
    """A head of zeros makes every symbol equally likely before the first step."""
    model = models.build(models.parse_config("gpt", CONFIGS["gpt"]), corpus.vocabulary, corpus.longest)
    assert model(torch.tensor([[0, 1, 2]])).abs().max() == 0


def test_gpt_refuses_names_longer_than_it_has_positions(corpus: Corpus) -> None:
    model = models.build(models.parse_config("gpt", CONFIGS["gpt"]), corpus.vocabulary, corpus.longest)
    rows = encode_rows(["a" * (corpus.longest + 1)], corpus.vocabulary, corpus.longest + 1)
    with pytest.raises(UserError, match="a name of 9 characters, but this model was trained on at most 8"):
        model(inputs_and_targets(rows)[0])
