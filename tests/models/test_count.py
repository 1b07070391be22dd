"""The count model's mathematics."""

import itertools

import pytest
import torch

from makemore import models
from makemore.corpus import Corpus
from makemore.training import train


@pytest.mark.parametrize("smoothing", [0, 0.5, 1, 100])
def test_count_is_smoothed_relative_frequency(corpus: Corpus, smoothing: float) -> None:
    model, _ = train(models.parse_config("count", {"model": "count", "smoothing": smoothing}), corpus, "count")
    size = len(corpus.vocabulary)
    found = model(torch.arange(size).unsqueeze(1))[:, 0].exp()
    for i, j in itertools.product(range(size), repeat=2):
        row, count = int(corpus.bigrams[i].sum()), int(corpus.bigrams[i, j])
        total = row + smoothing * size
        assert found[i, j].item() == pytest.approx((count + smoothing) / total if total else 1 / size, rel=1e-5)
