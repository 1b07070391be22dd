"""The uniform model: the loss of knowing nothing."""

import math

import pytest
import torch

from makemore.arithmetic.grids import NLL_STEP
from makemore.corpus.corpus import Corpus
from makemore.evaluation import likelihood
from tests.unit.conftest import Fitted


def test_every_symbol_is_equally_likely(fitted: Fitted, corpus: Corpus) -> None:
    probabilities = fitted("uniform")(torch.tensor([[0, 1, 2]])).softmax(dim=-1)
    assert torch.equal(probabilities, torch.full((1, 3, 16), 1 / len(corpus.vocabulary)))


def test_loss_is_the_logarithm_of_the_number_of_symbols(fitted: Fitted, corpus: Corpus) -> None:
    for split in ("train", "dev", "test"):
        assert likelihood(fitted("uniform"), corpus.names[split]).mean() == pytest.approx(math.log(16), abs=NLL_STEP)
