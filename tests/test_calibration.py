"""The temperature that a trained model gets: found again, the best on dev, and in the weights of every kind of head."""

from typing import Any, cast

import pytest
import torch

from makemore.calibration import TEMPERATURES, calibrate
from makemore.corpus import Corpus, inputs_and_targets
from makemore.evaluation import likelihood
from makemore.models import Model, TrainingConfig, parse_config
from makemore.training import Loop, train
from tests.conftest import CONFIGS

TRAINED: dict[str, dict[str, Any]] = {
    name: values for name, values in CONFIGS.items() if isinstance(parse_config(name, values), TrainingConfig)
} | {"tied": CONFIGS["gpt"] | {"tied_head": True}}


@pytest.fixture(params=list(TRAINED))
def model(request: pytest.FixtureRequest, corpus: Corpus) -> Model:
    """These are trained so briefly that they may be too unsure for one temperature to mend it."""
    model, _ = train(parse_config("small", TRAINED[request.param]), corpus, "small")
    while calibrate(model, corpus.rows["dev"]) in (TEMPERATURES[0], TEMPERATURES[-1]):
        pass
    return model


def test_logits_are_scaled(model: Model, corpus: Corpus) -> None:
    inputs, _ = inputs_and_targets(corpus.rows["dev"])
    before = model(inputs)
    model.scale_logits(0.5)
    assert torch.allclose(model(inputs), before / 2, atol=1e-6)


def test_it_is_the_temperature_that_is_best_on_dev(model: Model, corpus: Corpus) -> None:
    """All of them tried one by one, with the exact loss, on a model that is too sure."""
    dev = corpus.rows["dev"]
    model.scale_logits(1.2)
    losses = {}
    for temperature in TEMPERATURES:
        model.scale_logits(1 / temperature)
        losses[temperature] = likelihood(model, dev).mean()
        model.scale_logits(temperature)
    found = calibrate(model, dev)
    assert found == min(losses, key=losses.__getitem__) == pytest.approx(1.2, abs=0.03)
    assert likelihood(model, dev).mean() == pytest.approx(losses[found], abs=1e-6)


def test_a_training_ends_with_it(corpus: Corpus) -> None:
    """With weights that are too unsure of themselves, so that they come out with larger logits."""
    config = cast(TrainingConfig, parse_config("small", TRAINED["mlp"]))
    loop = Loop.start(corpus, config)
    for _ in range(config.steps):
        loop.advance()
    inputs, _ = inputs_and_targets(corpus.rows["dev"])
    loop.model.load_state_dict(loop.best)
    before = loop.model.eval()(inputs)
    temperature = calibrate(loop.model, corpus.rows["dev"])
    assert temperature != 1
    assert torch.allclose(loop.best_model()(inputs), before / temperature, atol=1e-5)
