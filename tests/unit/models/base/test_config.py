"""The parameters that every trained model has, and the bounds of those of each model."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from makemore.core.errors import UserError
from makemore.models.base import TrainingConfig
from makemore.models.base.catalog import parse_config
from tests.conftest import CONFIGS, TRAINING


def config(**changes: Any) -> TrainingConfig:
    return TrainingConfig.model_validate({"model": "mlp", **TRAINING, **changes})


@pytest.mark.parametrize("warmup_steps", [0, 30])
def test_warm_up_may_last_up_to_all_steps(warmup_steps: int) -> None:
    assert config(steps=30, warmup_steps=warmup_steps).warmup_steps == warmup_steps


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 30, "warmup_steps": 31}, r"must be at most steps \(30\)"),
        ({"optimizer": "sgd"}, "should be 'adamw' or 'muon'"),
        ({"steps": 0}, "greater than or equal to 1"),
        ({"lr": 0}, "greater than 0"),
        ({"weight_decay": -0.1}, "greater than or equal to 0"),
        ({"seed": 2**32}, "less than 4294967296"),
        ({"batch_size": 2.0}, "valid integer"),
        ({"momentum": 0.9}, "Extra inputs are not permitted"),
    ],
)
def test_bad_value_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        config(**changes)


def test_config_is_immutable() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        config().steps = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("model", "changes", "key"),
    [
        ("count", {"smoothing": 1e308}, "smoothing"),
        ("ngram", {"order": 10**9}, "order"),
        ("bigram", {"steps": 10**12}, "steps"),
        ("bigram", {"lr": 1e308}, "lr"),
        ("bow", {"n_embd": 10**6}, "n_embd"),
        ("bow", {"n_hidden": 10**9}, "n_hidden"),
        ("mlp", {"block_size": 10**9}, "block_size"),
        ("mlp", {"steps": 10**12}, "steps"),
        ("rnn", {"n_hidden": 10**9}, "n_hidden"),
        ("rnn", {"lr": 1e308}, "lr"),
        ("wavenet", {"n_layer": 40}, "kernel_size ** n_layer"),
        ("wavenet", {"n_layer": 10**9}, "n_layer"),
        ("gpt", {"n_layer": 10**9}, "n_layer"),
        ("gpt", {"ngram_embedding": 10**9}, "ngram_embedding"),
    ],
)
def test_sizes_that_no_machine_can_compute_are_refused(model: str, changes: dict[str, Any], key: str) -> None:
    with pytest.raises(UserError, match=rf"params.yaml: variants.{model}.*{re.escape(key)}"):
        parse_config(model, CONFIGS[model] | changes)
