"""GPT: a decoder-only transformer, in the form of GPT-2 or with newer parts.

Token embeddings, then blocks of causal multi-head self-attention and a two-layer MLP, each with a pre-norm and a
residual connection, then a final norm and a linear head:

    attention(x)_t = sum_(u <= t) a_(t,u) v_u       a_t = softmax(q_t . k_u / sqrt(d)) over all u <= t;  q, k, v = W x
    x      = x + W_o attention(norm(x))             communicate: look at earlier positions, in each head on its own
    x      = x + W_2 activation(W_1 norm(x))        compute: each position on its own
    logits = head(norm(x))                          after the last block

The options, GPT-2's choice first:

    positions    learned: an embedding for each position, added to the token's; rotary: queries and keys are rotated by
                 an angle that grows with the position, so their product depends on the distance (Su et al. 2021)
    norm         layer: to mean 0 and variance 1, with gain and bias (Ba et al. 2016); rms: to mean square 1, without
                 parameters (Zhang & Sennrich 2019)
    qk_norm      whether queries and keys are normalised too, which keeps attention soft (Henry et al. 2020)
    activation   gelu (Hendrycks & Gimpel 2016), or relu2, the squared ReLU (So et al. 2021)
    tied_head    whether the head shares its weights with the token embeddings (Press & Wolf 2017)
    ngram_embedding  1: the input is the embedding of the last symbol; n: plus those of the last pair, triple, ...,
                 n symbols, so the blocks need not find out first which symbols are neighbours (Huang et al. 2025)
    ngram_dropout    the fraction of pair and longer embeddings that are dropped, whole, during training: rare pairs are
                 quickly memorised, and without them the blocks have to work with single symbols

Training lays names out as prefix-trie rows (base/trie.py): fewer positions, the same gradient. Sampling uses a KV
cache, so each new symbol costs one position.

Source: Vaswani et al., "Attention Is All You Need" (2017), https://arxiv.org/abs/1706.03762; Radford et al., "Language
Models are Unsupervised Multitask Learners" (GPT-2, 2019), for the pre-norm blocks.
"""

import math
from typing import Literal, cast

import torch
import torch.nn.functional
from pydantic import Field, ValidationInfo, field_validator
from torch import Tensor, nn

from makemore.arithmetic import functional as F
from makemore.arithmetic import layers, random
from makemore.arithmetic.elementary import cos_sin, exp64
from makemore.core.errors import UserError
from makemore.core.params import Share
from makemore.corpus.tokens import inputs_and_targets
from makemore.corpus.vocabulary import Vocabulary
from makemore.models import base
from makemore.models.base.trie import trie_rows

LARGEST_TABLE = 10**6  # embeddings of n-grams
LOG_100 = 4.605170185988092


class Config(base.TrainingConfig):
    """The size of the transformer, and which parts it is made of."""

    n_layer: base.Layers
    n_head: base.Width
    n_embd: base.Width
    positions: Literal["learned", "rotary"]
    norm: Literal["layer", "rms"]
    qk_norm: bool
    activation: Literal["gelu", "relu2"]
    tied_head: bool
    ngram_embedding: int = Field(ge=1, le=16)
    ngram_dropout: Share
    dropout: Share

    @field_validator("n_embd")
    @classmethod
    def _divisible_by_n_head(cls, n_embd: int, info: ValidationInfo) -> int:
        n_head = info.data.get("n_head", 1)
        if n_embd % n_head:
            raise ValueError(f"must be divisible by n_head ({n_head})")
        return n_embd

    @field_validator("positions")
    @classmethod
    def _rotary_needs_even_head_size(cls, positions: str, info: ValidationInfo) -> str:
        n_embd, n_head = info.data.get("n_embd", 2), info.data.get("n_head", 1)
        if positions == "rotary" and n_embd // n_head % 2:
            raise ValueError(f"rotary needs an even n_embd / n_head, which is {n_embd // n_head}")
        return positions


def ngrams(tokens: Tensor, order: int, vocab_size: int) -> Tensor:
    """The codes of the last 1, 2, ..., `order` tokens at each position of `tokens` (B, T): (B, T, order).

    The code of n tokens is below vocab_size ** n. Positions before the first token count as token 0.
    """
    codes = [tokens]
    for back in range(1, order):
        before = torch.nn.functional.pad(tokens, (back, 0))[:, : tokens.shape[1]]
        codes.append(codes[-1] + vocab_size**back * before)
    return torch.stack(codes, dim=-1)


def make_norm(config: Config) -> nn.Module:
    """The norm that `config` names, for the residual stream."""
    if config.norm == "rms":
        return layers.RMSNorm()
    return layers.LayerNorm(config.n_embd)


def rotate(x: Tensor, positions: Tensor) -> Tensor:
    """`x` (B, heads, T, d) with each pair (x[i], x[i + d/2]) rotated by position / 100^(2i/d) radians.

    positions: (B or 1, T)
    Su et al. use 10,000 instead of 100, for texts of thousands of symbols; a name has about twenty.
    """
    half = x.shape[-1] // 2
    frequencies = exp64(torch.arange(half, dtype=torch.float64, device=x.device) * (-LOG_100 / half))  # (d / 2)
    turns = (positions.unsqueeze(-1) * (frequencies * (0.5 / math.pi))).unsqueeze(1)  # (B or 1, 1, T, d / 2)
    cosine, sine = (each.float() for each in cos_sin(turns))
    a, b = x.split(half, dim=-1)
    return torch.cat([a * cosine - b * sine, a * sine + b * cosine], dim=-1)


class CausalSelfAttention(nn.Module):
    """Each position attends to itself and the positions before it: softmax(Q K^T / sqrt(d)) V in each head."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.query_key_value = layers.Linear(config.n_embd, 3 * config.n_embd)
        self.project = layers.Linear(config.n_embd, config.n_embd)

    def forward(self, x: Tensor, positions: Tensor, visible: Tensor, cache: Tensor | None) -> Tensor:
        """The output (B, T, C).

        x: (B, T, C)
        positions: (B or 1, T)
        visible: the attention mask (B or 1, 1, T, past + T)
        cache: the keys and values (B, 2, heads, past + T, d) of the positions before x, with room for those of x, which
            are written to it. If there is a past, x is a single position.
        """
        B, T, C = x.shape
        config, dropout = self.config, self.config.dropout
        q, k, v = self.query_key_value(x).view(B, T, 3, config.n_head, C // config.n_head).permute(2, 0, 3, 1, 4)
        if config.qk_norm:  # q, k, v: (B, heads, T, d)
            q, k = F.rms_norm(q), F.rms_norm(k)
        if config.positions == "rotary":
            q, k = rotate(q, positions), rotate(k, positions)
        if cache is not None:
            cache[:, 0, :, -T:], cache[:, 1, :, -T:] = k, v
            k, v = cache.unbind(1)  # (B, heads, past + T, d)
        y = F.attention(q, k, v, visible, dropout if self.training else 0.0)  # (B, heads, T, d)
        y = y.transpose(1, 2).reshape(B, T, C)
        return F.drop(self.project(y), dropout, self.training)


class MLP(nn.Module):
    """Each position on its own: four times wider, a nonlinearity, and back."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.widen = layers.Linear(config.n_embd, 4 * config.n_embd)
        self.project = layers.Linear(4 * config.n_embd, config.n_embd)

    def forward(self, x: Tensor) -> Tensor:
        y = self.widen(x)  # (B, T, 4 C)
        y = F.gelu(y) if self.config.activation == "gelu" else F.relu_squared(y)
        return F.drop(self.project(y), self.config.dropout, self.training)  # (B, T, C)


class Block(nn.Module):
    """Communicate (attention), then compute (MLP); each adds to the residual stream."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.norm_1, self.attention = make_norm(config), CausalSelfAttention(config)
        self.norm_2, self.mlp = make_norm(config), MLP(config)

    def forward(self, x: Tensor, positions: Tensor, visible: Tensor, cache: Tensor | None) -> Tensor:
        x = x + self.attention(self.norm_1(x), positions, visible, cache)
        x = x + self.mlp(self.norm_2(x))
        return x  # (B, T, C)


class Model(base.Model[Config]):
    """The transformer. It sees whole names: block_size is the longest name plus the end marker before it."""

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int) -> None:
        super().__init__(config, vocabulary, longest, block_size=longest + 1)
        sizes = [len(vocabulary) ** n for n in range(1, config.ngram_embedding + 1)]
        if sizes[-1] > LARGEST_TABLE:
            raise UserError(
                f"ngram_embedding: {len(sizes)} of {len(vocabulary)} symbols take {sizes[-1]:,} embeddings, "
                f"but at most {LARGEST_TABLE:,} are allowed; lower it"
            )
        self.ngram_embeddings = nn.ModuleList(layers.Embedding(size, config.n_embd) for size in sizes)
        if config.positions == "learned":
            self.position_embedding = layers.Embedding(self.block_size, config.n_embd)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.norm = make_norm(config)
        if config.tied_head:  # embeddings have the scale of the residual stream, which is too large for a head
            self.head_scale = nn.Parameter(torch.tensor(1 / math.sqrt(config.n_embd)))
        else:
            self.head = layers.Linear(config.n_embd, len(vocabulary), bias=False)
        self._initialise()

    def _initialise(self) -> None:
        """Initial weights for a narrow stream: GPT-2's standard deviation of 0.02 is meant for a width of 768.

        Matrices keep the scale of their input (standard deviation 1 / sqrt(inputs)). Projections into the residual
        stream and the head are zero: at first every block is the identity, and every symbol is equally likely. The
        embeddings of pairs and longer are zero too, so training starts from single symbols. (A tied head cannot be
        zero; at first it predicts that the last symbol is repeated.)
        """
        for name, parameter in self.named_parameters():
            if name in ("ngram_embeddings.0.weight", "position_embedding.weight"):
                parameter.data = random.normal(parameter.shape, std=0.5)
            elif "embedding" in name or name.endswith(("bias", "project.weight", "head.weight")):
                nn.init.zeros_(parameter)
            elif parameter.dim() > 1:
                parameter.data = random.normal(parameter.shape, std=1 / math.sqrt(parameter.shape[1]))

    def forward(self, tokens: Tensor) -> Tensor:
        T = tokens.shape[1]
        if T > self.block_size:
            raise UserError(f"a name of {T - 1} characters, but the model was trained on at most {self.longest}")
        positions = torch.arange(T, device=tokens.device).unsqueeze(0)
        return self._logits(self._ngrams(tokens), positions, positions.mT >= positions)

    def loss(self, rows: Tensor, taught: base.Taught | None = None) -> Tensor:
        trie = trie_rows(rows, len(self.vocabulary))
        source, positions, visible, counts = (tensor.to(self.device) for tensor in trie)
        tokens, _ = inputs_and_targets(rows.to(self.device))
        inputs = self._ngrams(tokens).flatten(0, 1)[source]  # (rows, S, ngram_embedding)
        logits = self._logits(inputs, positions, visible.unsqueeze(1))  # (rows, S, V)
        if taught:
            counts = taught.targets(counts, taught.probabilities.to(self.device).flatten(0, 1)[source])
        return F.cross_entropy(logits, counts)

    def next_logits(self, tokens: Tensor, cache: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """See the base class. The cache is the tokens so far, and the KV cache (B, n_layer, 2, heads, T, d)."""
        seen = torch.cat([*cache[:1], tokens], dim=1)  # (B, T)
        (B, T), new, config = seen.shape, tokens.shape[1], self.config
        if T > self.block_size:  # the window slides, which changes all positions: the KV cache is void
            return super().next_logits(tokens, cache[:1])
        room = torch.empty(B, config.n_layer, 2, config.n_head, new, config.n_embd // config.n_head)
        keys_values = torch.cat([*cache[1:], room], dim=4)
        positions = torch.arange(T - new, T).unsqueeze(0)  # (1, new)
        visible = positions.mT >= torch.arange(T)
        logits = self._logits(self._ngrams(seen)[:, -new:], positions, visible, keys_values)
        return logits[:, -1], [seen, keys_values]

    @torch.no_grad()
    def scale_logits(self, factor: float) -> None:
        if self.config.tied_head:
            self.head_scale.mul_(factor)
        else:
            super().scale_logits(factor)

    def _ngrams(self, tokens: Tensor) -> Tensor:
        return ngrams(tokens, self.config.ngram_embedding, len(self.vocabulary))

    def _embed(self, inputs: Tensor) -> Tensor:
        """The sum (B, T, C) of the embeddings of `inputs` (B, T, ngram_embedding)."""
        x, *longer = (embedding(inputs[..., n]) for n, embedding in enumerate(self.ngram_embeddings))  # (B, T, C) each
        for vectors in longer:
            x = x + F.drop_vectors(vectors, self.config.ngram_dropout, self.training)  # drops whole vectors
        return cast(Tensor, x)

    def _logits(self, inputs: Tensor, positions: Tensor, visible: Tensor, cache: Tensor | None = None) -> Tensor:
        """Logits (B, T, V) for `inputs` (B, T, ngram_embedding).

        `positions` and `visible` as in attention; `cache` holds the keys and values of all blocks (B, n_layer, ...).
        """
        x = self._embed(inputs)
        if self.config.positions == "learned":
            x = x + self.position_embedding(positions.expand(len(x), -1))
        x = F.drop(x, self.config.dropout, self.training)
        for number, block in enumerate(self.blocks):
            x = block(x, positions, visible, None if cache is None else cache[:, number])
        x = self.norm(x)
        if self.config.tied_head:
            return F.linear(F.scale(x, self.head_scale), self.ngram_embeddings.get_parameter("0.weight"))
        return cast(Tensor, self.head(x))  # (B, T, V)
