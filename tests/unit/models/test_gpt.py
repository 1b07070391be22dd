"""The transformer's mathematics: attention, its options, trie rows, and the KV cache."""

import itertools
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from makemore.core.errors import UserError
from makemore.corpus.corpus import Corpus
from makemore.models import gpt
from makemore.models.base import Model, catalog
from makemore.sampling import sample
from tests.conftest import CONFIGS, MODERN, PARAMS
from tests.unit.conftest import Fitted

PAST = torch.ones(5, 5).tril().bool()  # what each of 5 positions sees
FORMS = pytest.mark.parametrize("form", [{}, MODERN], ids=["classic", "modern"])


def config(**changes: Any) -> gpt.Config:
    return gpt.Config.model_validate(CONFIGS["gpt"] | changes)


def gpt_model(fitted: Fitted, **changes: Any) -> gpt.Model:
    model = fitted("gpt", **changes)
    assert isinstance(model, gpt.Model)
    return model


def test_attention_is_the_softmax_of_scaled_products() -> None:
    """Compared with the formula head by head and position by position."""
    options = config()
    attention = gpt.CausalSelfAttention(options).eval()
    x = torch.randn(2, 5, options.n_embd, generator=torch.Generator().manual_seed(0))
    q, k, v = attention.query_key_value(x).split(options.n_embd, dim=2)
    width = options.n_embd // options.n_head
    y = torch.zeros_like(x)
    for batch, head, t in itertools.product(range(2), range(options.n_head), range(5)):
        part = slice(head * width, (head + 1) * width)
        scores = k[batch, : t + 1, part] @ q[batch, t, part] / width**0.5
        y[batch, t, part] = scores.softmax(0) @ v[batch, : t + 1, part]
    found = attention(x, torch.arange(5).unsqueeze(0), PAST, None)
    assert torch.allclose(found, attention.project(y), atol=1e-6)


def test_every_symbol_is_equally_likely_before_training(corpus: Corpus) -> None:
    """Because the head is zero at first."""
    model = catalog.build(config(), corpus.vocabulary, corpus.longest)
    assert model(torch.tensor([[0, 1, 2]])).abs().max() == 0


OPTIONS = [{}, *({name: value} for name, value in MODERN.items()), {"n_head": 1}, MODERN]


@pytest.mark.parametrize("form", OPTIONS, ids=",".join)
def test_every_option_trains_and_is_causal(fitted: Fitted, form: dict[str, Any]) -> None:
    model = gpt_model(fitted, **form, seed=2)  # with which every option improves on its first weights
    tokens = torch.tensor([[0, 1, 2, 3, 4]])
    changed = torch.tensor([[0, 1, 2, 5, 4]])
    assert torch.allclose(model(tokens)[:, :3], model(changed)[:, :3], atol=1e-6)
    assert not torch.allclose(model(tokens)[:, 3:], model(changed)[:, 3:], atol=1e-3)


def test_rotary_products_depend_only_on_the_distance() -> None:
    generator = torch.Generator().manual_seed(0)
    q, k = torch.randn(2, 1, 1, 1, 8, generator=generator)
    products = {
        (i, j): (gpt.rotate(q, torch.tensor([[i]])) * gpt.rotate(k, torch.tensor([[j]]))).sum().item()
        for i, j in itertools.product(range(10), repeat=2)
    }
    for (i, j), product in products.items():
        assert product == pytest.approx(products[max(0, i - j), max(0, j - i)], abs=1e-5)
    assert gpt.rotate(q, torch.tensor([[7]])).norm().item() == pytest.approx(q.norm().item(), rel=1e-6)
    assert len({round(product, 4) for product in products.values()}) == 19


def test_rotary_needs_heads_of_even_width() -> None:
    with pytest.raises(UserError, match="rotary needs an even n_embd / n_head, which is 5"):
        catalog.parse_config("gpt", {**CONFIGS["gpt"], "n_embd": 10, "n_head": 2, "positions": "rotary"})


def test_rms_norm_divides_by_the_root_mean_square() -> None:
    x = torch.randn(3, 16, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(gpt.make_norm(config(norm="rms"))(x), x / (x**2).mean(dim=1, keepdim=True).sqrt(), atol=1e-5)


def test_relu2_is_the_square_of_the_positive_part() -> None:
    mlp = gpt.MLP(config(activation="relu2", dropout=0.0))
    x = torch.randn(3, 16, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(mlp(x), mlp.project(mlp.widen(x).clamp(min=0) ** 2), atol=1e-6)


def test_qk_norm_turns_products_into_cosines() -> None:
    """So no score exceeds sqrt(d), however large queries and keys are."""
    attention = gpt.CausalSelfAttention(config(qk_norm=True, n_head=1, dropout=0.0)).eval()
    x = torch.randn(1, 5, 16, generator=torch.Generator().manual_seed(0))
    q, k, v = attention.query_key_value(x).split(16, dim=2)
    cosines = F.cosine_similarity(q.unsqueeze(2), k.unsqueeze(1), dim=-1)  # (1, 5, 5)
    scores = (cosines * 16**0.5).masked_fill(torch.ones(5, 5).triu(1) == 1, -torch.inf)
    found = attention(x, torch.arange(5).unsqueeze(0), PAST, None)
    assert torch.allclose(found, attention.project(scores.softmax(-1) @ v), atol=1e-5)


def test_tied_head_is_the_token_embedding(fitted: Fitted) -> None:
    model = gpt_model(fitted, tied_head=True)
    assert "head.weight" not in dict(model.named_parameters())
    caught: list[torch.Tensor] = []
    model.norm.register_forward_hook(lambda _module, _inputs, output: caught.append(output))
    logits = model(torch.tensor([[0, 1, 2]]))
    table = model.ngram_embeddings.get_parameter("0.weight")
    assert torch.allclose(logits, model.head_scale * caught[0] @ table.T, atol=1e-5)


def test_ngram_codes_are_numbers_in_base_vocab_size() -> None:
    found = gpt.ngrams(torch.tensor([[0, 3, 1, 4]]), order=3, vocab_size=10)
    assert found.tolist() == [[[0, 0, 0], [3, 3, 3], [1, 31, 31], [4, 14, 314]]]


def test_embeddings_of_pairs_are_dropped_whole_during_training(fitted: Fitted, corpus: Corpus) -> None:
    """Half of them here; the others are doubled, which keeps the mean."""
    model = gpt_model(fitted, ngram_embedding=2, ngram_dropout=0.5, dropout=0.0)
    torch.nn.init.normal_(model.ngram_embeddings.get_parameter("1.weight"))  # also those of pairs that no name has
    inputs = model._ngrams(corpus.names["train"].tensor()[:, :8].clamp(min=0))
    single, pair = (embedding(inputs[..., n]) for n, embedding in enumerate(model.ngram_embeddings))
    assert torch.equal(model.eval()._embed(inputs), single + pair)
    found = model.train()._embed(inputs)
    dropped, doubled = ((found - single - factor * pair).abs().amax(dim=-1) < 1e-6 for factor in (0, 2))
    assert (dropped ^ doubled).all()
    assert 0.4 < dropped.float().mean() < 0.6


def test_too_large_a_table_of_ngrams_is_an_error(corpus: Corpus) -> None:
    message = "ngram_embedding: 6 of 16 symbols take 16,777,216 embeddings, but at most 1,000,000 are allowed; lower it"
    with pytest.raises(UserError, match=message):
        catalog.build(config(ngram_embedding=6), corpus.vocabulary, corpus.longest)


@FORMS
def test_trie_rows_have_the_loss_and_gradient_of_padded_rows(
    fitted: Fitted, corpus: Corpus, form: dict[str, Any]
) -> None:
    model = gpt_model(fitted, **form)
    rows = corpus.names["train"].tensor()
    losses, gradients = [], []
    for loss in (model.loss, super(gpt.Model, model).loss):
        model.zero_grad()
        losses.append(loss(rows))
        losses[-1].backward()
        gradients.append(
            {name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None}
        )
    assert losses[0].item() == pytest.approx(losses[1].item(), abs=1e-5)
    assert gradients[0].keys() == gradients[1].keys() == dict(model.named_parameters()).keys()
    for name, gradient in gradients[0].items():
        assert torch.allclose(gradient, gradients[1][name], atol=1e-5), name


@FORMS
def test_sampling_with_a_kv_cache_gives_the_same_names(
    fitted: Fitted, monkeypatch: pytest.MonkeyPatch, form: dict[str, Any]
) -> None:
    """Enough names for a rounding error to show, and some of them longer than block_size."""
    model = gpt_model(fitted, **form)
    params = PARAMS.sample.model_copy(update={"names": 1500, "batch_size": 250, "max_length": 20})
    names = sample(model, params)
    monkeypatch.setattr(gpt.Model, "next_logits", Model.next_logits)
    assert sample(model, params) == names
    assert max(map(len, names)) > model.block_size
