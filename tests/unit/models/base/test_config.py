"""The parameters that every trained model has."""

from typing import Any

import pytest
from pydantic import ValidationError

from makemore.models.base import TrainingConfig
from tests.conftest import TRAINING


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
