"""WaveNet: causal convolutions whose receptive field grows with each layer, with gates and skip connections.

    x_t  = token_embedding(w_t)
    layer i = 0, 1, ..., n_layer - 1, with d = kernel_size ** i and k = kernel_size:
        v_t  = [x_(t - (k - 1) d), ..., x_(t - d), x_t]          k positions, d apart (dilation d)
        z_t  = tanh(W_f v_t + b_f) * sigmoid(W_g v_t + b_g)      content and its gate
        x_t  = x_t + W_r z_t + b_r                               residual: what the next layer sees
        s_t  = s_t + W_s z_t + b_s                               skip: what the output sees
    logits = head(relu(W_o relu(s_t) + b_o))

A convolution with kernel size k is a linear layer on k positions, and is written that way. Each layer combines k times
as many symbols as the one below: for k = 2, layer 0 sees pairs and layer 1 pairs of pairs. The receptive field, which
is the block_size, is kernel_size ** n_layer and grows much faster than the number of parameters. Positions before the
start of a name hold end markers, as in Karpathy's lectures.

The hierarchical "WaveNet" of the lecture has the same tree. It extracts a window for each prediction and merges its
pairs until one vector is left; the convolution computes what overlapping windows share only once. The lecture uses tanh
and batch norm instead of gates, residuals and skips. The paper repeats the dilations 1, 2, 4, ..., 512 several times;
names are too short for that.

Source: van den Oord et al., "WaveNet: A Generative Model for Raw Audio" (2016), https://arxiv.org/abs/1609.03499;
Karpathy, "Building makemore Part 5: Building a WaveNet" (2022).
"""

import math

import torch
import torch.nn.functional
from pydantic import Field, ValidationInfo, field_validator
from torch import Tensor, nn

from makemore.arithmetic import functional as F
from makemore.arithmetic import layers, random
from makemore.core.params import Share
from makemore.corpus.vocabulary import Vocabulary
from makemore.models import base

LARGEST_FIELD = 10_000  # symbols that a prediction sees; data.max_length allows no longer name


class Config(base.TrainingConfig):
    """The depth, arity and width of the tree."""

    n_layer: base.Layers
    kernel_size: int = Field(ge=2, le=LARGEST_FIELD)
    n_embd: base.Width
    dropout: Share

    @field_validator("kernel_size")
    @classmethod
    def _sees_a_name(cls, kernel_size: int, info: ValidationInfo) -> int:
        if kernel_size ** info.data.get("n_layer", 1) > LARGEST_FIELD:
            raise ValueError(f"kernel_size ** n_layer must be at most {LARGEST_FIELD:,}")
        return kernel_size


class Layer(nn.Module):
    """A gated, dilated causal convolution. Its output is shorter than its input by (kernel_size - 1) * dilation."""

    def __init__(self, config: Config, dilation: int) -> None:
        super().__init__()
        self.kernel_size, self.dilation, self.dropout = config.kernel_size, dilation, config.dropout
        self.filter_and_gate = layers.Linear(config.kernel_size * config.n_embd, 2 * config.n_embd)  # W_f, W_g
        self.residual_and_skip = layers.Linear(config.n_embd, 2 * config.n_embd)  # W_r, W_s

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The next layer's input and the skip, both (B, T', C), for the last T' positions of `x` (B, T, C)."""
        T = x.shape[1] - (self.kernel_size - 1) * self.dilation  # T'
        taps = [x[:, k * self.dilation : k * self.dilation + T] for k in range(self.kernel_size)]  # (B, T', C) each
        content, gate = self.filter_and_gate(torch.cat(taps, dim=2)).chunk(2, dim=2)  # (B, T', C) both
        z = F.drop(F.tanh(content) * F.sigmoid(gate), self.dropout, self.training)  # (B, T', C)
        residual, skip = self.residual_and_skip(z).chunk(2, dim=2)  # (B, T', C) both
        return x[:, -T:] + residual, skip


class Model(base.Model[Config]):
    """The layers, applied to the name with block_size - 1 end markers before it."""

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int) -> None:
        super().__init__(config, vocabulary, longest, block_size=config.kernel_size**config.n_layer)
        self.token_embedding = layers.Embedding(len(vocabulary), config.n_embd)
        self.layers = nn.ModuleList(Layer(config, config.kernel_size**i) for i in range(config.n_layer))
        self.mix = layers.Linear(config.n_embd, config.n_embd)  # W_o
        self.head = layers.Linear(config.n_embd, len(vocabulary), bias=False)
        self._initialise()

    def _initialise(self) -> None:
        """Matrices keep the scale of their input. The head is zero: every symbol is equally likely at first."""
        for name, parameter in self.named_parameters():
            if name.endswith(("bias", "head.weight")):
                nn.init.zeros_(parameter)
            elif "embedding" not in name:
                parameter.data = random.normal(parameter.shape, std=1 / math.sqrt(parameter.shape[1]))

    def forward(self, tokens: Tensor) -> Tensor:
        T = tokens.shape[1]
        x = self.token_embedding(
            torch.nn.functional.pad(tokens, (self.block_size - 1, 0))
        )  # (B, block_size - 1 + T, C)
        skips = []
        for layer in self.layers:
            x, skip = layer(x)
            skips.append(skip[:, -T:])  # (B, T, C)
        y = torch.relu(self.mix(torch.relu(sum(skips[1:], skips[0]))))  # (B, T, C)
        logits: Tensor = self.head(y)  # (B, T, V)
        return logits
