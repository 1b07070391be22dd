"""Uniform: every symbol is equally likely, whatever came before.

The floor of all comparisons: its loss is log(vocab_size), and a model that does worse has learned something wrong.
"""

import torch
from torch import Tensor

from makemore import models
from makemore.corpus import Corpus, Vocabulary


class Config(models.Config):
    """Nothing to choose."""


class Model(models.Model):
    """Logits that are zero everywhere; no weights."""

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int) -> None:
        super().__init__(config, vocabulary, longest, block_size=0)

    def forward(self, tokens: Tensor) -> Tensor:
        return torch.zeros(*tokens.shape, len(self.vocabulary))  # (B, T, V)

    def fit(self, corpus: Corpus) -> list[models.Point]:
        return []
