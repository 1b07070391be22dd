"""MLP: the embeddings of the last few symbols, concatenated, go through a perceptron with one hidden layer.

    x      = [C(w_1), ..., C(w_n)]      C: (vocab_size, n_embd), the embedding; w_1 ... w_n: the last block_size symbols
    h      = tanh(H x + d)              H: (n_hidden, block_size * n_embd)
    logits = U h + b                    U: (vocab_size, n_hidden)

An n-gram table knows nothing about a context that it has not seen. Here similar symbols get similar vectors, so what is
learned about one context helps with the others. Positions before the start of a name hold end markers, as in Karpathy's
lecture.

The direct connections from x to the logits, which the paper calls optional, are left out.

Source: Bengio, Ducharme, Vincent & Jauvin, "A Neural Probabilistic Language Model" (2003),
https://www.jmlr.org/papers/v3/bengio03a.html; Karpathy, "Building makemore Part 2: MLP" (2022).
"""

import torch
import torch.nn.functional
from pydantic import Field
from torch import Tensor, nn

from makemore.arithmetic import functional as F
from makemore.arithmetic import layers
from makemore.core.params import Share
from makemore.corpus.vocabulary import Vocabulary
from makemore.models import base


class Config(base.TrainingConfig):
    """The size of the perceptron."""

    block_size: int = Field(ge=1, le=10_000)
    n_embd: base.Width
    n_hidden: base.Width
    dropout: Share


class Model(base.Model[Config]):
    """The perceptron, applied to the window that ends at each position of a name."""

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int) -> None:
        super().__init__(config, vocabulary, longest, block_size=config.block_size)
        self.token_embedding = layers.Embedding(len(vocabulary), config.n_embd)  # C
        self.hidden = layers.Linear(config.block_size * config.n_embd, config.n_hidden)  # H, d
        self.head = layers.Linear(config.n_hidden, len(vocabulary))  # U, b
        nn.init.zeros_(self.head.weight)  # every symbol is equally likely at first
        nn.init.zeros_(self.head.get_parameter("bias"))

    def forward(self, tokens: Tensor) -> Tensor:
        padded = torch.nn.functional.pad(tokens, (self.block_size - 1, 0))  # (B, block_size - 1 + T)
        windows = padded.unfold(1, self.block_size, 1)  # (B, T, block_size)
        x = self.token_embedding(windows).flatten(2)  # (B, T, block_size * C)
        h = F.tanh(self.hidden(x))  # (B, T, H)
        logits: Tensor = self.head(F.drop(h, self.config.dropout, self.training))  # (B, T, V)
        return logits
