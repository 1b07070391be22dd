"""Fitting a model of either kind: its curve, its points as they come, its seed, and its errors."""

import math
from typing import Any

import pytest
import torch

from makemore.arithmetic import random
from makemore.core.errors import Interrupted, UserError
from makemore.corpus.corpus import Corpus
from makemore.models.base import Point
from makemore.models.base.catalog import AnyModel, parse_config
from makemore.training import fit as fitting
from makemore.training.fit import fit
from tests.conftest import CONFIGS
from tests.unit.training.stopping import stop_after


def run(corpus: Corpus, name: str = "gpt", **changes: Any) -> tuple[AnyModel, list[Point]]:
    return fit(parse_config(name, {**CONFIGS[name], **changes}), corpus, name)


def test_curve_of_a_training_has_a_point_at_the_start_every_few_steps_and_at_the_end(corpus: Corpus) -> None:
    model, curve = run(corpus, steps=25)
    assert [point.step for point in curve] == [0, 10, 20, 25]
    assert curve[0].dev_nll == pytest.approx(math.log(len(corpus.vocabulary)))
    assert curve[-1].train_nll < curve[0].train_nll
    assert not model.training


def test_curve_of_a_closed_form_is_a_single_point(corpus: Corpus) -> None:
    model, curve = run(corpus, "uniform")
    assert [(point.step, point.lr) for point in curve] == [(0, 0.0)]
    assert curve[0].train_nll == pytest.approx(math.log(len(corpus.vocabulary)))
    assert not model.training


@pytest.mark.parametrize("name", ["count", "bigram", "mlp"])
def test_every_point_is_passed_on(corpus: Corpus, name: str) -> None:
    points: list[Point] = []
    _, curve = fit(parse_config(name, CONFIGS[name]), corpus, name, on_point=points.append)
    assert points == curve != []


def test_training_without_a_checkpoint_can_be_stopped(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "stop_requests", stop_after(3))
    with pytest.raises(Interrupted, match=r"gpt: stopped after step 3 of 30$"):
        run(corpus)


def test_weights_depend_on_the_seed_and_on_no_random_numbers_drawn_before(corpus: Corpus) -> None:
    weights = []
    for seed in (1, 1, 2):
        random.normal((3,))
        weights.append(torch.cat([parameter.flatten() for parameter in run(corpus, seed=seed)[0].parameters()]))
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


@pytest.mark.parametrize(("name", "steps", "warmup_steps"), [("gpt", 30, 0), ("bow", 1, 1)])
def test_loss_that_is_not_finite_is_an_error_even_after_the_last_step(
    corpus: Corpus, name: str, steps: int, warmup_steps: int
) -> None:
    with pytest.raises(UserError, match=r"the loss became nan at step [12]; lower lr, or use more warm-up steps"):
        run(corpus, name, lr=1e30, steps=steps, warmup_steps=warmup_steps)
