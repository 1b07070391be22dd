"""RNN: a state that is carried along the name and rewritten at each symbol, by one of three cells.

    state_t, h_t = cell(token_embedding(w_t), state_(t-1));        logits_t = head(h_t)

The state at the start is learned. The whole past reaches a prediction through it, so there is no window and no limit on
the length; but it all has to fit into the state, and a gradient has to come back through every step.

The cells, with x_t the embedding, * the product element by element, s the logistic function 1 / (1 + exp(-x)):

    rnn     h_t = tanh(W x_t + U h_(t-1) + b)

    gru     r_t = s(W_r x_t + U_r h_(t-1) + b_r)                    reset: how much of the past the new content sees
            z_t = s(W_z x_t + U_z h_(t-1) + b_z)                    update: how much of the state stays as it is
            n_t = tanh(W_n x_t + r_t * (U_n h_(t-1)) + b_n)         new content
            h_t = (1 - z_t) * n_t + z_t * h_(t-1)

    lstm    i_t = s(W_i x_t + U_i h_(t-1) + b_i)                    input: how much of the new content is written
            f_t = s(W_f x_t + U_f h_(t-1) + b_f)                    forget: how much of the memory stays
            g_t = tanh(W_g x_t + U_g h_(t-1) + b_g)                 new content
            o_t = s(W_o x_t + U_o h_(t-1) + b_o)                    output: how much of the memory shows
            c_t = f_t * c_(t-1) + i_t * g_t                         memory; the state is (h, c)
            h_t = o_t * tanh(c_t)

The gru resets behind the product U_n h, as PyTorch does; the paper resets before it. So the products of all gates are
one product.

Source: Mikolov et al., "Recurrent neural network based language model" (2010), for rnn; Cho et al., "Learning Phrase
Representations using RNN Encoder-Decoder" (2014), https://arxiv.org/abs/1406.1078, for gru; Hochreiter & Schmidhuber,
"Long Short-Term Memory" (1997), and Gers et al., "Learning to Forget" (2000), for lstm.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from makemore import models
from makemore.corpus import Vocabulary


class Config(models.TrainingConfig):
    """Which cell, and its size; its training is TrainingConfig's."""

    cell: Literal["rnn", "gru", "lstm"]
    n_embd: int = Field(ge=1)
    n_hidden: int = Field(ge=1)
    dropout: float = Field(ge=0, lt=1)


class RNN(nn.Module):
    """One time step. `x` is W x_t + b of all gates, (B, gates * H); the state is a list of tensors (B, H), h first."""

    gates, states = 1, 1

    def __init__(self, n_hidden: int) -> None:
        super().__init__()
        self.recur = nn.Linear(n_hidden, self.gates * n_hidden, bias=False)  # U of all gates

    def forward(self, x: Tensor, state: list[Tensor]) -> list[Tensor]:
        (h,) = state
        return [torch.tanh(x + self.recur(h))]


class GRU(RNN):
    """Gated recurrent unit: decides how much of its state to rewrite."""

    gates, states = 3, 1

    def forward(self, x: Tensor, state: list[Tensor]) -> list[Tensor]:
        (h,) = state
        x_r, x_z, x_n = x.chunk(3, dim=1)  # (B, H) each
        u_r, u_z, u_n = self.recur(h).chunk(3, dim=1)  # (B, H) each
        r, z = torch.sigmoid(x_r + u_r), torch.sigmoid(x_z + u_z)
        n = torch.tanh(x_n + r * u_n)
        return [(1 - z) * n + z * h]


class LSTM(RNN):
    """Long short-term memory: beside the state that shows, a memory that is only ever scaled and added to."""

    gates, states = 4, 2

    def forward(self, x: Tensor, state: list[Tensor]) -> list[Tensor]:
        h, c = state
        i, f, g, o = (x + self.recur(h)).chunk(4, dim=1)  # (B, H) each
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return [torch.sigmoid(o) * torch.tanh(c), c]


CELLS = {"rnn": RNN, "gru": GRU, "lstm": LSTM}


class Model(models.Model):
    """A cell between embedding and head. block_size says how long the names of the corpus are: there is no limit."""

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int) -> None:
        super().__init__(config, vocabulary, longest, block_size=longest + 1)
        self.dropout = config.dropout
        cell = CELLS[config.cell]
        self.token_embedding = nn.Embedding(len(vocabulary), config.n_embd)
        self.input = nn.Linear(config.n_embd, cell.gates * config.n_hidden)  # W and b of all gates
        self.cell = cell(config.n_hidden)
        self.start = nn.ParameterList(torch.zeros(config.n_hidden) for _ in range(cell.states))
        self.head = nn.Linear(config.n_hidden, len(vocabulary), bias=False)
        nn.init.zeros_(self.head.weight)  # at first every symbol is equally likely

    def forward(self, tokens: Tensor) -> Tensor:
        h, _ = self._read(tokens, [])  # (B, T, H)
        logits: Tensor = self.head(F.dropout(h, self.dropout, self.training))  # (B, T, V)
        return logits

    def advance(self, tokens: Tensor, memory: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Logits (B, V) of what follows `tokens` (B, new), and the state behind them: all that there is to remember."""
        h, state = self._read(tokens, memory)
        return self.head(h[:, -1]), state

    def _read(self, tokens: Tensor, state: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """The h (B, T, H) at each of `tokens` (B, T), and the state at the last; `state` [] is a name's start."""
        state = state or [start.expand(len(tokens), -1) for start in self.start]  # (B, H) each
        x = self.input(self.token_embedding(tokens))  # (B, T, gates * H): no step has to wait for these products
        h = []
        for x_t in x.unbind(dim=1):  # (B, gates * H)
            state = self.cell(x_t, state)
            h.append(state[0])
        return torch.stack(h, dim=1), state
