"""A model that does not fit is refused in one line, before any of it is allocated."""

import re
from typing import Any

import pytest
import torch

from makemore.arithmetic import random
from makemore.core import device
from makemore.core.errors import UserError
from makemore.corpus.corpus import Corpus
from makemore.corpus.vocabulary import Vocabulary
from makemore.models.base.catalog import build, parse_config
from makemore.training.fit import fit
from makemore.training.memory import check_fits
from tests.conftest import CONFIGS, PARAMS

LETTERS = Vocabulary(tuple(".abcdefghijklmnopqrstuvwxyz"))
IDEOGRAPHS = Vocabulary((".", *map(chr, range(0x4E00, 0x4E00 + 6_000))))


def test_all_default_variants_fit_a_machine_of_4_gb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "machine_memory", lambda: 4 * 10**9)
    for variant, values in PARAMS.variants.items():
        check_fits(parse_config(variant, values), LETTERS, longest=15)


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        ("bow", {"n_embd": 2**16, "n_hidden": 2**16}),
        ("mlp", {"n_embd": 2**16, "n_hidden": 2**16, "block_size": 10_000}),
        ("rnn", {"n_hidden": 2**16}),
        ("wavenet", {"n_embd": 2**16, "n_layer": 13}),
        ("gpt", {"n_embd": 2**16, "n_layer": 100}),
    ],
)
def test_fit_refuses_sizes_that_are_too_large_together(corpus: Corpus, model: str, changes: dict[str, Any]) -> None:
    """Each is within its bounds; together they are terabytes, which this machine could not even start to allocate."""
    with pytest.raises(UserError) as refused:
        fit(parse_config("large", CONFIGS[model] | changes), corpus, "large")
    assert re.fullmatch(
        r"large: training [\d,]+ parameters needs at least [\d,.]+ GB of memory, "
        r"but this machine has [\d,.]+ GB; make the model smaller",
        str(refused.value),
    )


def test_the_bound_is_five_copies_of_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    config = parse_config("gpt", CONFIGS["gpt"])
    size = 4 * build(config, LETTERS, 15).n_params
    monkeypatch.setattr(device, "machine_memory", lambda: 5 * size)
    check_fits(config, LETTERS, 15)
    monkeypatch.setattr(device, "machine_memory", lambda: 5 * size - 1)
    with pytest.raises(UserError, match=rf"training {size // 4:,} parameters needs at least 0\.0 GB"):
        check_fits(config, LETTERS, 15)


@pytest.mark.parametrize(
    ("model", "changes", "message"),
    [
        ("gpt", {"ngram_embedding": 2}, "ngram_embedding: 2 of 6001 symbols take 36,012,001 embeddings"),
        ("count", {}, "a table of all pairs of symbols allows at most 5,000 symbols, but the corpus has 6,001"),
    ],
)
def test_a_model_that_does_not_allow_the_corpus_is_refused(model: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_fits(parse_config(model, CONFIGS[model] | changes), IDEOGRAPHS, longest=4)


def test_check_draws_no_random_numbers() -> None:
    random.manual_seed(1)
    check_fits(parse_config("gpt", CONFIGS["gpt"]), LETTERS, 15)
    assert torch.equal(random.normal((3,)), random.Generator(1).normal(3))
