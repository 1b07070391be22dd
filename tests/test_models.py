"""What every model promises; the mathematics of each is in tests/models/."""

from pathlib import Path

import pytest
import torch

from makemore import models
from makemore.corpus import Corpus, encode_rows, inputs_and_targets
from makemore.errors import UserError
from makemore.evaluation import likelihood
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


@EVERY_MODEL
def test_advancing_symbol_by_symbol_is_reading_as_a_whole(
    fitted: dict[str, models.Model], corpus: Corpus, name: str
) -> None:
    """Also beyond the longest name, where a window moves on, and with names that leave the batch on the way."""
    model = fitted[name]
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(len(corpus.vocabulary), (5, corpus.longest + 6), generator=generator)
    new, memory = tokens[:, :3], list[torch.Tensor]()
    for end in range(3, tokens.shape[1]):
        logits, memory = model.advance(new, memory)
        try:
            whole = model(tokens[:, :end])[:, -1]
        except UserError:  # longer than it has positions for
            whole = model(tokens[:, end - model.block_size : end])[:, -1]
        assert torch.allclose(logits, whole, atol=1e-5)
        if end % 4 == 0:
            tokens, *memory = (part[1:] for part in (tokens, *memory))
        new = tokens[:, end : end + 1]


@EVERY_MODEL
def test_loss_is_the_mean_nll(fitted: dict[str, models.Model], corpus: Corpus, name: str) -> None:
    """However a model lays out its batch."""
    rows = corpus.rows["train"]
    with torch.no_grad():
        loss = fitted[name].loss(rows).item()
    assert loss == pytest.approx(likelihood(fitted[name], rows).mean(), abs=1e-5)


@EVERY_MODEL
def test_a_longer_name_beside_them_changes_no_names_likelihood(
    fitted: dict[str, models.Model], corpus: Corpus, name: str
) -> None:
    """A model that has no positions for it refuses."""
    words = corpus.words("dev")
    alone, longer = (encode_rows(words, corpus.vocabulary, corpus.longest + more) for more in (0, 7))
    expected = likelihood(fitted[name], alone).by_word()
    if name in ("bow", "gpt"):
        with pytest.raises(UserError, match="but this model was trained on at most"):
            likelihood(fitted[name], longer)
    else:
        assert torch.allclose(likelihood(fitted[name], longer).by_word(), expected, atol=1e-5)
