"""GPT: a decoder-only transformer, in the form of GPT-2.

Token and position embeddings, then blocks of causal multi-head self-attention and a two-layer perceptron, each behind a
layer norm and added to the residual stream, then a last layer norm and a linear head.

Source: Vaswani et al., "Attention Is All You Need" (2017), https://arxiv.org/abs/1706.03762; Radford et al., "Language
Models are Unsupervised Multitask Learners" (GPT-2, 2019), for the pre-norm blocks.
"""

import math

import torch
import torch.nn.functional as F
from pydantic import Field, ValidationInfo, field_validator
from torch import Tensor, nn

from makemore import models
from makemore.corpus import Vocabulary
from makemore.errors import UserError


class Config(models.TrainingConfig):
    """The size of the transformer; its training is TrainingConfig's."""

    n_layer: int = Field(ge=1)
    n_head: int = Field(ge=1)
    n_embd: int = Field(ge=1)
    dropout: float = Field(ge=0, lt=1)

    @field_validator("n_embd")
    @classmethod
    def _heads_share_the_width(cls, n_embd: int, info: ValidationInfo) -> int:
        n_head = info.data.get("n_head", 1)
        if n_embd % n_head:
            raise ValueError(f"must be divisible by n_head ({n_head})")
        return n_embd


class CausalSelfAttention(nn.Module):
    """Every position looks at itself and the positions before it: softmax(Q K^T / sqrt(d)) V in each head."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.n_head, self.dropout = config.n_head, config.dropout
        self.query_key_value = nn.Linear(config.n_embd, 3 * config.n_embd)
        self.project = nn.Linear(config.n_embd, config.n_embd)

    def forward(self, x: Tensor) -> Tensor:
        B, T, C = x.shape
        q, k, v = (
            part.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)  # (B, heads, T, C / heads)
            for part in self.query_key_value(x).split(C, dim=2)
        )
        dropout = self.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True)  # (B, heads, T, C / heads)
        y = y.transpose(1, 2).reshape(B, T, C)
        return F.dropout(self.project(y), self.dropout, self.training)  # (B, T, C)


class MLP(nn.Module):
    """Every position by itself: four times wider, GELU, and back."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.dropout = config.dropout
        self.widen = nn.Linear(config.n_embd, 4 * config.n_embd)
        self.project = nn.Linear(4 * config.n_embd, config.n_embd)

    def forward(self, x: Tensor) -> Tensor:
        y = F.gelu(self.widen(x), approximate="tanh")  # (B, T, 4 C)
        return F.dropout(self.project(y), self.dropout, self.training)  # (B, T, C)


class Block(nn.Module):
    """Communicate (attention), then compute (MLP); both add to what they were given."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.norm_1, self.attention = nn.LayerNorm(config.n_embd), CausalSelfAttention(config)
        self.norm_2, self.mlp = nn.LayerNorm(config.n_embd), MLP(config)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm_1(x))
        x = x + self.mlp(self.norm_2(x))
        return x  # (B, T, C)


class Model(models.Model):
    """The transformer; it sees a whole name at once, so block_size is the longest name and the marker before it."""

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int) -> None:
        super().__init__(config, vocabulary, longest, block_size=longest + 1)
        self.dropout = config.dropout
        self.token_embedding = nn.Embedding(len(vocabulary), config.n_embd)
        self.position_embedding = nn.Embedding(self.block_size, config.n_embd)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.norm = nn.LayerNorm(config.n_embd)
        self.head = nn.Linear(config.n_embd, len(vocabulary), bias=False)
        self._initialise()

    def _initialise(self) -> None:
        """Weights that fit a narrow stream: GPT-2's deviation of 0.02 is made for a width of 768, and is slow at 64.

        Matrices keep the scale of what they are given (deviation 1 / sqrt(inputs)). What adds to the residual stream,
        and the head, starts at zero: at first every block passes on what it gets, and every symbol is equally likely.
        """
        for name, parameter in self.named_parameters():
            if name.endswith(("bias", "project.weight", "head.weight")):
                nn.init.zeros_(parameter)
            elif "embedding" in name:
                nn.init.normal_(parameter, std=0.5)
            elif "norm" not in name:
                nn.init.normal_(parameter, std=1 / math.sqrt(parameter.shape[1]))

    def forward(self, tokens: Tensor) -> Tensor:
        T = tokens.shape[1]
        if T > self.block_size:
            raise UserError(f"a name of {T - 1} characters, but this model was trained on at most {self.longest}")
        positions = torch.arange(T)  # (T)
        x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, C)
        x = F.dropout(x, self.dropout, self.training)
        for block in self.blocks:
            x = block(x)
        logits: Tensor = self.head(self.norm(x))  # (B, T, V)
        return logits
