"""Uniform: every symbol is equally likely, whatever came before.

The baseline of all comparisons: its loss is log(vocab_size), and a model that does worse is broken.
"""

import torch
from torch import Tensor

from makemore.corpus.corpus import Corpus
from makemore.corpus.vocabulary import Vocabulary
from makemore.models import base


class Config(base.Config):
    """No parameters."""


class Model(base.Model[Config]):
    """Logits that are all zero; no weights."""

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int) -> None:
        super().__init__(config, vocabulary, longest, block_size=0)

    def forward(self, tokens: Tensor) -> Tensor:
        return torch.zeros(*tokens.shape, len(self.vocabulary))  # (B, T, V)

    def fit(self, corpus: Corpus) -> list[base.Point]:
        return []
