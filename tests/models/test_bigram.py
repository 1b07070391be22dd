"""The neural bigram's mathematics."""

import pytest
import torch
import torch.nn.functional as F

from makemore import models
from makemore.corpus import Corpus, inputs_and_targets
from makemore.errors import UserError
from makemore.training import train
from tests.conftest import CONFIGS


def test_neural_bigram_equals_training_on_one_hot_rows(corpus: Corpus) -> None:
    """Step by step: the literal loop of the lecture (one row for each symbol) and ours (the count matrix)."""
    settings = {**CONFIGS["bigram"], "steps": 50, "eval_every": 1}
    config = models.parse_config("bigram", settings)
    _, curve = train(config, corpus, "bigram")

    inputs, targets = inputs_and_targets(corpus.rows["train"])
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


def test_neural_bigram_says_when_it_diverges(corpus: Corpus) -> None:
    config = models.parse_config("bigram", {**CONFIGS["bigram"], "lr": 1e30})
    with pytest.raises(UserError, match=r"the loss became (nan|inf) at step"):
        train(config, corpus, "bigram")
