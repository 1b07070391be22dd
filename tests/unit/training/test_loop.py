"""The gradient loop: learning rate, curve, and the weights that are kept."""

from dataclasses import replace

import pytest
import torch

from makemore.corpus.corpus import Corpus
from makemore.corpus.split_names import SplitNames
from makemore.evaluation import Likelihood, likelihood
from makemore.models import gpt
from makemore.models.base import TrainingConfig
from makemore.models.base.catalog import AnyModel, build, parse_config
from makemore.training import loop as looping
from makemore.training.calibration import calibrate
from makemore.training.loop import Loop, curve_point, learning_rate
from tests.conftest import CONFIGS


def test_learning_rate_warms_up_and_decays_to_zero() -> None:
    config = TrainingConfig.model_validate(
        {"model": "gpt", "steps": 100, "optimizer": "adamw", "batch_size": 1, "lr": 2.0, "warmup_steps": 10}
        | {"weight_decay": 0, "eval_every": 1, "seed": 0}
    )
    rates = [learning_rate(step, config) for step in range(1, 101)]
    assert rates[:10] == pytest.approx([0.2 * step for step in range(1, 11)])
    assert rates[54] == pytest.approx(1.0)
    assert rates[-1] == 0
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert learning_rate(1, config.model_copy(update={"warmup_steps": 0})) < 2.0
    assert learning_rate(100, config.model_copy(update={"warmup_steps": 100})) == 2.0


def test_every_optimiser_gets_the_learning_rate_of_the_step(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    config = gpt.Config.model_validate(CONFIGS["gpt"] | {"optimizer": "muon"})
    loop, rates = Loop.start(corpus, config), list[float]()
    for optimizer in loop.optimizers:
        monkeypatch.setattr(optimizer, "step", rates.append)
    for _ in range(7):
        loop.take_step()
    assert len(loop.optimizers) == 2
    assert rates == [learning_rate(step, config) for step in range(1, 8) for _ in loop.optimizers]


def test_kept_weights_are_the_best_on_dev_calibrated_and_rounded(corpus: Corpus) -> None:
    config = gpt.Config.model_validate({**CONFIGS["gpt"], "steps": 120, "dropout": 0.0})
    loop = Loop.start(corpus, config)
    for _ in range(config.steps):
        loop.take_step()
    best = min(point.dev_nll for point in loop.curve)
    assert best < loop.curve[-1].dev_nll, "the training must overfit, or this test shows nothing"
    kept = build(config, corpus.vocabulary, corpus.longest)
    kept.load_state_dict(loop.best)
    assert likelihood(kept, corpus.names["dev"]).mean() == best
    calibrate(kept, corpus.names["dev"])
    assert likelihood(kept, corpus.names["dev"]).mean() < best
    kept.round_weights()
    for name, weights in loop.best_model().state_dict().items():
        assert torch.equal(weights, kept.state_dict()[name]), name


def test_point_is_of_all_dev_names_and_of_as_many_train_names_evenly_spaced(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated: list[SplitNames] = []

    def record(model: AnyModel, names: SplitNames) -> Likelihood:
        evaluated.append(names)
        return likelihood(model, names)

    monkeypatch.setattr(looping, "likelihood", record)
    train, dev = corpus.names["train"], corpus.names["dev"]
    model = build(parse_config("count", CONFIGS["count"]), corpus.vocabulary, corpus.longest)
    model.fit(corpus)
    point = curve_point(model, corpus, step=7, lr=0.5)
    assert torch.equal(evaluated[0].tensor(), train.some(2).tensor())
    assert evaluated[1] is dev
    assert point == (7, likelihood(model, train.some(2)).mean(), likelihood(model, dev).mean(), 0.5)

    small = replace(corpus, names={"train": dev, "dev": train, "test": dev})
    curve_point(model, small, step=0, lr=0.0)
    assert evaluated[2] is dev


def test_dropout_depends_on_the_seed(corpus: Corpus) -> None:
    """With the same weights, and batches of all names, only dropout can make a difference."""
    losses = set()
    weights = Loop.start(corpus, gpt.Config.model_validate(CONFIGS["gpt"])).model.state_dict()
    weights["head.weight"] = torch.ones_like(weights["head.weight"]).tril()
    for seed in (1, 2):
        config = gpt.Config.model_validate(CONFIGS["gpt"] | {"seed": seed, "dropout": 0.5, "batch_size": 100})
        loop = Loop.start(corpus, config)
        loop.model.load_state_dict(weights)
        losses.add(round(loop.take_step(), 3))
    assert len(losses) == 2
