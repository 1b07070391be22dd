"""Count: a bigram table, P(next | current) = how often `next` followed `current`, smoothed and normalised.

    P(j | i) = (N[i, j] + s) / sum_k (N[i, k] + s)        N: bigram counts of train, s: smoothing

This is the maximum likelihood estimate of a bigram model (s = 0), or its mean under a symmetric Dirichlet prior of
strength s (Laplace's rule of succession for s = 1). Without smoothing, a bigram that train lacks has probability 0 and
a name that holds it an infinite loss, and is reported so. A row without any count is uniform, the limit for s -> 0.

Source: Karpathy, "The spelled-out intro to language modeling: building makemore" (2022); Jurafsky & Martin,
"Speech and Language Processing", chapter 3.
"""

import torch
from pydantic import Field
from torch import Tensor

from makemore import models
from makemore.corpus import Corpus, Vocabulary


class Config(models.Config):
    """How strong the smoothing is."""

    smoothing: float = Field(ge=0)


class Model(models.Model):
    """The bigram counts, kept as they are; smoothing and normalising come with each look-up."""

    counts: Tensor

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int) -> None:
        super().__init__(config, vocabulary, longest, block_size=1)
        self.smoothing = config.smoothing
        self.register_buffer("counts", torch.zeros(len(vocabulary), len(vocabulary), dtype=torch.int64))

    def forward(self, tokens: Tensor) -> Tensor:
        smoothed = self.counts[tokens].double() + self.smoothing  # (B, T, V)
        total = smoothed.sum(dim=-1, keepdim=True)  # (B, T, 1)
        uniform = torch.tensor(1 / len(self.vocabulary), dtype=torch.float64)
        probabilities = torch.where(total > 0, smoothed / total, uniform)
        return probabilities.log().float()  # (B, T, V)

    def fit(self, corpus: Corpus) -> list[models.Point]:
        self.counts.copy_(corpus.bigrams)
        return []
