"""The temperature of a trained model: the best on dev, and folded into every kind of head."""

from typing import Any, cast

import pytest
import torch

from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import inputs_and_targets
from makemore.evaluation import likelihood
from makemore.models.base import TrainingConfig
from makemore.models.base.catalog import AnyModel, parse_config
from makemore.training.calibration import TEMPERATURES, calibrate
from makemore.training.loop import Loop
from tests.conftest import CONFIGS
from tests.unit.conftest import Fitted

TRAINED: dict[str, tuple[str, dict[str, Any]]] = {
    name: (name, {}) for name, values in CONFIGS.items() if "optimizer" in values
} | {"tied": ("gpt", {"tied_head": True})}


@pytest.fixture(params=list(TRAINED))
def model(request: pytest.FixtureRequest, fitted: Fitted, corpus: Corpus) -> AnyModel:
    """A calibrated model. After so short a training, one temperature from the list may not be enough."""
    name, changes = TRAINED[request.param]
    model = fitted(name, **changes)
    while calibrate(model, corpus.names["dev"]) in (TEMPERATURES[0], TEMPERATURES[-1]):
        pass
    return model


def test_scaling_multiplies_all_logits(model: AnyModel, corpus: Corpus) -> None:
    inputs, _ = inputs_and_targets(corpus.names["dev"].tensor())
    before = model(inputs)
    model.scale_logits(0.5)
    assert torch.allclose(model(inputs), before / 2, atol=1e-6)


def test_temperature_is_the_best_on_dev(model: AnyModel, corpus: Corpus) -> None:
    """Compared with the exact loss at every temperature, for an overconfident model."""
    dev = corpus.names["dev"]
    model.scale_logits(1.2)
    losses = {}
    for temperature in TEMPERATURES:
        model.scale_logits(1 / temperature)
        losses[temperature] = likelihood(model, dev).mean()
        model.scale_logits(temperature)
    found = calibrate(model, dev)
    assert found == min(losses, key=losses.__getitem__) == pytest.approx(1.2, abs=0.03)
    assert likelihood(model, dev).mean() == pytest.approx(losses[found], abs=1e-6)


def test_training_ends_with_calibration(corpus: Corpus) -> None:
    config = cast(TrainingConfig, parse_config("small", CONFIGS["mlp"]))
    loop = Loop.start(corpus, config)
    for _ in range(config.steps):
        loop.take_step()
    inputs, _ = inputs_and_targets(corpus.names["dev"].tensor())
    loop.model.load_state_dict(loop.best)
    before = loop.model.eval()(inputs)
    temperature = calibrate(loop.model, corpus.names["dev"])
    assert temperature != 1
    assert torch.allclose(loop.best_model()(inputs), before / temperature, atol=2e-3)  # its weights are rounded
