"""What each symbol of a name costs adds up to the loss of the name."""

import math

import numpy as np
import pytest

from makemore.corpus.corpus import Corpus
from makemore.evaluation import score
from makemore.report.costs import Costs, costs
from tests.unit.conftest import Fitted


def test_costs_of_symbols_add_up_to_the_loss_of_the_name(fitted: Fitted, corpus: Corpus) -> None:
    models = {name: fitted(name) for name in ("uniform", "count", "gpt", "mlp")}
    rows = corpus.names["train"].take(np.array([3, 0]))
    names = corpus.decoded("train")
    for found, name in zip(costs(rows, models), (names[3], names[0]), strict=True):
        assert found.name == name
        assert found.symbols == [*name, "end"]
        for variant, model in models.items():
            assert len(found.nats[variant]) == len(name) + 1
            assert found.mean(variant) == pytest.approx(score(model, [name])[0], abs=1e-5)


def test_saved_nats() -> None:
    found = Costs("ab", ["a", "b", "end"], {"x": [1.0, math.inf, 2.0], "y": [3.0, math.inf, math.inf]})
    assert found.saved("x", "y") == [2.0, 0.0, math.inf]
    assert found.saved("y", "x") == [-2.0, 0.0, -math.inf]
