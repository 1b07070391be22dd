"""Count: a bigram table, P(next | current) = how often `next` followed `current`, smoothed and normalised.

    P(j | i) = (N[i, j] + s) / sum_k (N[i, k] + s)        N: bigram counts of train, s: smoothing

This is the maximum likelihood estimate of a bigram model (s = 0), or its posterior mean under a symmetric Dirichlet
prior with concentration s (Laplace's rule of succession for s = 1). Without smoothing, a bigram that never occurs in
train has probability 0, and a name that contains it has an infinite loss, which is reported as such. A row without any
counts is uniform, the limit as s -> 0.

Source: Karpathy, "The spelled-out intro to language modeling: building makemore" (2022); Jurafsky & Martin,
"Speech and Language Processing", chapter 3.
"""

import torch
from pydantic import Field
from torch import Tensor

from makemore.arithmetic.elementary import log64
from makemore.corpus.bigrams import check_table
from makemore.corpus.corpus import Corpus
from makemore.corpus.vocabulary import Vocabulary
from makemore.models import base


class Config(base.Config):
    """The strength of the smoothing."""

    smoothing: float = Field(ge=0, le=1e12)  # far above this, the sum of a row would be infinite


class Model(base.Model[Config]):
    """The raw bigram counts; smoothing and normalisation happen at each look-up.

    Raises UserError if the vocabulary is too large for a table of all pairs.
    """

    counts: Tensor

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int) -> None:
        check_table(len(vocabulary))
        super().__init__(config, vocabulary, longest, block_size=1)
        self.register_buffer("counts", torch.zeros(len(vocabulary), len(vocabulary), dtype=torch.int64))

    def forward(self, tokens: Tensor) -> Tensor:
        V = len(self.vocabulary)
        smoothed = self.counts[tokens].double() + self.config.smoothing  # (B, T, V)
        total = self.counts.sum(dim=-1).double()[tokens].unsqueeze(-1) + V * self.config.smoothing  # (B, T, 1)
        uniform = torch.tensor(1 / V, dtype=torch.float64)
        probabilities = torch.where(total > 0, smoothed / total, uniform)
        return log64(probabilities).float()  # (B, T, V)

    def fit(self, corpus: Corpus) -> list[base.Point]:
        self.counts.copy_(corpus.bigrams)
        return []

    def problem(self) -> str:
        return "it has negative counts" if (self.counts < 0).any() else ""
