"""The count model, compared with relative frequencies, pair by pair."""

import itertools

import pytest
import torch

from makemore.corpus.corpus import Corpus
from tests.unit.conftest import Fitted


@pytest.mark.parametrize("smoothing", [0, 0.5, 1, 100])
def test_probability_is_the_smoothed_relative_frequency(fitted: Fitted, corpus: Corpus, smoothing: float) -> None:
    size = len(corpus.vocabulary)
    found = fitted("count", smoothing=smoothing)(torch.arange(size).unsqueeze(1))[:, 0].exp()
    for i, j in itertools.product(range(size), repeat=2):
        row, count = int(corpus.bigrams[i].sum()), int(corpus.bigrams[i, j])
        total = row + smoothing * size
        assert found[i, j].item() == pytest.approx((count + smoothing) / total if total else 1 / size, rel=1e-5)
