"""The neural bigram: its short-cut through the count matrix, compared with the loop of the lecture."""

import pytest
import torch
import torch.nn.functional as F

from makemore.core.errors import UserError
from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import inputs_and_targets
from makemore.models.base import catalog
from makemore.training.fit import fit
from tests.conftest import CONFIGS


def test_training_equals_that_on_one_hot_rows(corpus: Corpus) -> None:
    """Step by step: the lecture's loop (one row for each symbol of train) and ours (the count matrix)."""
    settings = {**CONFIGS["bigram"], "steps": 50, "eval_every": 1}
    config = catalog.parse_config("bigram", settings)
    _, curve = fit(config, corpus, "bigram")

    inputs, targets = inputs_and_targets(corpus.names["train"].tensor())
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


def test_curve_has_a_point_every_few_steps_and_at_the_end(corpus: Corpus) -> None:
    config = catalog.parse_config("bigram", {**CONFIGS["bigram"], "steps": 25})
    _, curve = fit(config, corpus, "bigram")
    assert [point.step for point in curve] == [0, 10, 20, 25]
    assert curve[-1].train_nll < curve[0].train_nll


def test_divergence_is_an_error(corpus: Corpus) -> None:
    config = catalog.parse_config("bigram", {**CONFIGS["bigram"], "lr": 1e30})
    with pytest.raises(UserError, match=r"the loss became (nan|inf) at step"):
        fit(config, corpus, "bigram")
