"""The baselines of the benchmarks: the loops of the lectures, and a transcript of makemore.py. Slow on purpose.

Source: Karpathy, "Neural Networks: Zero to Hero" (2022), lectures 1 (bigrams) and 7 (GPT), and his script makemore.py,
rewritten from scratch. From `ModelConfig` on, names and interface are those of the script, so that either can be used.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def count(words: list[str], token: dict[str, int]) -> Tensor:
    """The bigram counts, int32 (V, V), counted one bigram at a time."""
    counts = torch.zeros((len(token), len(token)), dtype=torch.int32)
    for word in words:
        symbols = [".", *word, "."]
        for first, second in pairwise(symbols):
            counts[token[first], token[second]] += 1
    return counts


def evaluate(words: list[str], token: dict[str, int], counts: Tensor) -> float:
    """The mean NLL of `words` under add-one smoothed `counts`, in nats, summed one bigram at a time."""
    probabilities = (counts + 1).float()
    probabilities /= probabilities.sum(1, keepdim=True)
    log_likelihood, n = torch.zeros(()), 0
    for word in words:
        symbols = [".", *word, "."]
        for first, second in pairwise(symbols):
            log_likelihood += torch.log(probabilities[token[first], token[second]])
            n += 1
    return -log_likelihood.item() / n


def train_one_hot(xs: Tensor, ys: Tensor, size: int, seed: int, steps: int, lr: float) -> float:
    """The loss of the neural bigram after `steps` steps of gradient descent, with a one-hot row for each bigram.

    xs, ys: the first and second symbol of each bigram, int64 (bigrams)
    size: the number of symbols
    """
    weights = torch.randn((size, size), generator=torch.Generator().manual_seed(seed), requires_grad=True)
    rows = torch.arange(len(xs))
    for step in range(steps + 1):
        logits = F.one_hot(xs, num_classes=size).float() @ weights
        counts = logits.exp()
        probabilities = counts / counts.sum(1, keepdim=True)
        loss = -probabilities[rows, ys].log().mean()
        if step < steps:
            weights.grad = None
            loss.backward()
            weights.data -= lr * weights.grad  # type: ignore[operator]  # backward has set it
    return loss.item()


@dataclass
class ModelConfig:
    """The size of the transformer."""

    block_size: int
    vocab_size: int
    n_layer: int = 4
    n_embd: int = 64
    n_head: int = 4


class Attention(nn.Module):
    """Causal multi-head self-attention, with an explicit mask and softmax."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.n_head = config.n_head
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd)
        self.register_buffer("bias", torch.tril(torch.ones(config.block_size, config.block_size)))

    def forward(self, x: Tensor) -> Tensor:
        B, T, C = x.size()
        q, k, v = (part.view(B, T, self.n_head, -1).transpose(1, 2) for part in self.c_attn(x).split(C, dim=2))
        attention = (q @ k.transpose(-2, -1)) * k.size(-1) ** -0.5
        attention = attention.masked_fill(self.get_buffer("bias")[:T, :T] == 0, float("-inf"))
        y = F.softmax(attention, dim=-1) @ v
        out: Tensor = self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))
        return out


class Block(nn.Module):
    """Attention and an MLP, each with a pre-norm and a residual connection; GELU is spelled out, as in GPT-2."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(config.n_embd), Attention(config)
        self.ln_2 = nn.LayerNorm(config.n_embd)
        self.c_fc = nn.Linear(config.n_embd, 4 * config.n_embd)
        self.c_proj = nn.Linear(4 * config.n_embd, config.n_embd)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        h = self.c_fc(self.ln_2(x))
        h = 0.5 * h * (1.0 + torch.tanh((2.0 / torch.pi) ** 0.5 * (h + 0.044715 * torch.pow(h, 3.0))))
        x = x + self.c_proj(h)
        return x


class Transformer(nn.Module):
    """A small GPT-2: token and position embeddings, blocks, a final norm and a head."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.wte, self.wpe = (
            nn.Embedding(config.vocab_size, config.n_embd),
            nn.Embedding(config.block_size, config.n_embd),
        )
        self.h = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.ln_f = nn.LayerNorm(config.n_embd)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.block_size = config.block_size

    def get_block_size(self) -> int:
        return self.block_size

    def forward(self, idx: Tensor, targets: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        x = self.wte(idx) + self.wpe(torch.arange(idx.size(1)).unsqueeze(0))
        for block in self.h:
            x = block(x)
        logits = self.lm_head(self.ln_f(x))
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.reshape(-1), ignore_index=-1)


@torch.no_grad()
def generate(model: Transformer, idx: Tensor, max_new_tokens: int, do_sample: bool) -> Tensor:
    """`idx` (B, T) with `max_new_tokens` more symbols in each row; every new symbol recomputes all positions."""
    for _ in range(max_new_tokens):
        logits, _ = model(idx[:, -model.get_block_size() :])
        probabilities = F.softmax(logits[:, -1, :], dim=-1)
        symbols = torch.multinomial(probabilities, 1) if do_sample else probabilities.topk(1, dim=-1).indices
        idx = torch.cat((idx, symbols), dim=1)
    return idx
