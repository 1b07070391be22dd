"""BoW, a bag of words (here: of symbols): the mean of all symbols so far, followed by a perceptron.

    x_t    = token_embedding(w_t) + position_embedding(t)
    x_t    = x_t + (x_1 + ... + x_t) / t                         communicate: all past symbols, equally weighted
    x_t    = x_t + W_2 gelu(W_1 x_t + b_1) + b_2                 compute: each position on its own
    logits = head(x_t)

It is a transformer block whose attention cannot choose: every weight is 1 / t. The difference in loss from gpt.py with
one layer and one head is the value of attention. A mean ignores order; only the position embeddings retain some of it.

The running mean can be written in three ways: a loop over t; a product with a lower-triangular matrix whose rows sum to
one; and a softmax of zeros, with minus infinity for the future. The first is the definition, the second is used here,
and the third becomes attention when scores replace the zeros.

Source: karpathy/makemore (its model `bow`); Karpathy, "Let's build GPT: from scratch, in code, spelled out" (2023).
"""

import torch
from torch import Tensor, nn

from makemore.arithmetic import functional as F
from makemore.arithmetic import layers
from makemore.core.errors import UserError
from makemore.core.params import Share
from makemore.corpus.vocabulary import Vocabulary
from makemore.models import base


class Config(base.TrainingConfig):
    """The sizes of the vectors and the perceptron."""

    n_embd: base.Width
    n_hidden: base.Width
    dropout: Share


def running_mean(x: Tensor) -> Tensor:
    """The mean of `x` (B, T, C) over all positions up to each one: (B, T, C)."""
    T = x.shape[1]
    weights = torch.tril(torch.ones(T, T)) / torch.arange(1, T + 1).unsqueeze(1)  # (T, T): row t is 1 / t, t times
    return F.mix(weights.to(x.device).expand(len(x), T, T), x)  # (B, T, T) @ (B, T, C) -> (B, T, C)


class Model(base.Model[Config]):
    """The running mean and the perceptron, each added to its input."""

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int) -> None:
        super().__init__(config, vocabulary, longest, block_size=longest + 1)
        self.token_embedding = layers.Embedding(len(vocabulary), config.n_embd)
        self.position_embedding = layers.Embedding(self.block_size, config.n_embd)
        self.widen = layers.Linear(config.n_embd, config.n_hidden)
        self.project = layers.Linear(config.n_hidden, config.n_embd)
        self.head = layers.Linear(config.n_embd, len(vocabulary), bias=False)
        nn.init.zeros_(self.head.weight)  # every symbol is equally likely at first

    def forward(self, tokens: Tensor) -> Tensor:
        T = tokens.shape[1]
        if T > self.block_size:
            raise UserError(f"a name of {T - 1} characters, but the model was trained on at most {self.longest}")
        positions = torch.arange(T, device=tokens.device).expand_as(tokens)
        x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, C)
        x = x + running_mean(x)  # (B, T, C)
        y = F.gelu(self.widen(x))  # (B, T, H)
        x = x + F.drop(self.project(y), self.config.dropout, self.training)  # (B, T, C)
        logits: Tensor = self.head(x)  # (B, T, V)
        return logits
