"""RNN: a hidden state that is updated at each symbol of the name, by one of three cells.

    state_t, h_t = cell(token_embedding(w_t), state_(t-1));        logits_t = head(h_t)

The initial state is learned. The state carries the whole past, so there is no window and no limit on the length. But
the past has to fit into the state, and gradients have to flow back through every step.

The cells, with x_t the embedding, * the elementwise product, s the logistic function 1 / (1 + exp(-x)):

    rnn     h_t = tanh(W x_t + U h_(t-1) + b)

    gru     r_t = s(W_r x_t + U_r h_(t-1) + b_r)                    reset: how much of the past the candidate sees
            z_t = s(W_z x_t + U_z h_(t-1) + b_z)                    update: how much of the state is kept
            n_t = tanh(W_n x_t + r_t * (U_n h_(t-1)) + b_n)         candidate
            h_t = (1 - z_t) * n_t + z_t * h_(t-1)

    lstm    i_t = s(W_i x_t + U_i h_(t-1) + b_i)                    input: how much of the candidate is written
            f_t = s(W_f x_t + U_f h_(t-1) + b_f)                    forget: how much of the memory is kept
            g_t = tanh(W_g x_t + U_g h_(t-1) + b_g)                 candidate
            o_t = s(W_o x_t + U_o h_(t-1) + b_o)                    output: how much of the memory is exposed
            c_t = f_t * c_(t-1) + i_t * g_t                         memory; the state is (h, c)
            h_t = o_t * tanh(c_t)

As in PyTorch, the gru applies its reset gate after the product U_n h, not before it as in the paper. That way one
product computes all gates.

Source: Mikolov et al., "Recurrent neural network based language model" (2010), for rnn; Cho et al., "Learning Phrase
Representations using RNN Encoder-Decoder" (2014), https://arxiv.org/abs/1406.1078, for gru; Hochreiter & Schmidhuber,
"Long Short-Term Memory" (1997), and Gers et al., "Learning to Forget" (2000), for lstm.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from makemore.arithmetic import functional as F
from makemore.arithmetic import layers
from makemore.core.params import Share
from makemore.corpus.vocabulary import Vocabulary
from makemore.models import base


class Config(base.TrainingConfig):
    """The cell and its size."""

    cell: Literal["rnn", "gru", "lstm"]
    n_embd: base.Width
    n_hidden: base.Width
    dropout: Share


class RNN(nn.Module):
    """A cell: one time step. `x` is W x_t + b of all gates, (B, gates * H); the state is tensors (B, H), h first."""

    gates, states = 1, 1

    def __init__(self, n_hidden: int) -> None:
        super().__init__()
        self.recur = layers.Linear(n_hidden, self.gates * n_hidden, bias=False)  # U of all gates

    def forward(self, x: Tensor, state: list[Tensor]) -> list[Tensor]:
        (h,) = state
        return [F.tanh(x + self.recur(h))]


class GRU(RNN):
    """Gated recurrent unit: its gates decide how much of the state to rewrite."""

    gates, states = 3, 1

    def forward(self, x: Tensor, state: list[Tensor]) -> list[Tensor]:
        (h,) = state
        H = h.shape[1]
        (x_gates, x_n), (u_gates, u_n) = (each.split([2 * H, H], dim=1) for each in (x, self.recur(h)))
        r, z = F.sigmoid(x_gates + u_gates).chunk(2, dim=1)  # (B, H) each
        n = F.tanh(x_n + r * u_n)
        return [(1 - z) * n + z * h]


class LSTM(RNN):
    """Long short-term memory: a second state, the memory, is only ever scaled and added to."""

    gates, states = 4, 2

    def forward(self, x: Tensor, state: list[Tensor]) -> list[Tensor]:
        h, c = state
        H = h.shape[1]
        i_f, g, o = (x + self.recur(h)).split([2 * H, H, H], dim=1)
        i, f = F.sigmoid(i_f).chunk(2, dim=1)  # (B, H) each
        c = f * c + i * F.tanh(g)
        return [F.sigmoid(o) * F.tanh(c), c]


CELLS = {"rnn": RNN, "gru": GRU, "lstm": LSTM}


class Model(base.Model[Config]):
    """Embedding, cell, head. It reads whole names (hence its block_size) of any length."""

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int) -> None:
        super().__init__(config, vocabulary, longest, block_size=longest + 1)
        cell = CELLS[config.cell]
        self.token_embedding = layers.Embedding(len(vocabulary), config.n_embd)
        self.input = layers.Linear(config.n_embd, cell.gates * config.n_hidden)  # W and b of all gates
        self.cell = cell(config.n_hidden)
        self.start = nn.ParameterList(torch.zeros(config.n_hidden) for _ in range(cell.states))
        self.head = layers.Linear(config.n_hidden, len(vocabulary), bias=False)
        nn.init.zeros_(self.head.weight)  # every symbol is equally likely at first

    def forward(self, tokens: Tensor) -> Tensor:
        h, _ = self._read(tokens, [])  # (B, T, H)
        logits: Tensor = self.head(F.drop(h, self.config.dropout, self.training))  # (B, T, V)
        return logits

    def next_logits(self, tokens: Tensor, cache: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """See the base class. The cache is the hidden state."""
        h, state = self._read(tokens, cache)
        return self.head(h[:, -1]), state

    def _read(self, tokens: Tensor, state: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """The h (B, T, H) at each of `tokens` (B, T), and the state after the last; `state` is [] at the start."""
        state = state or [F.repeat(start, len(tokens)) for start in self.start]  # (B, H) each
        x = self.input(self.token_embedding(tokens))  # (B, T, gates * H), for all steps at once
        h = []
        for x_t in x.unbind(dim=1):  # (B, gates * H)
            state = self.cell(x_t, state)
            h.append(state[0])
        return torch.stack(h, dim=1), state
