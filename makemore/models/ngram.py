"""N-gram: counts of what followed the last few symbols, with modified Kneser-Ney smoothing.

A context h is the last k symbols, k = 0, 1, ..., order - 1; h' is h without its oldest symbol. Each level discounts its
counts a little, and passes the discounted mass on to the next lower level:

    P(w | h) = (a(h w) - D(a(h w))) / a(h) + g(h) P(w | h')         a(h) = sum_w a(h w);  g(h) = sum_w D(a(h w)) / a(h)
    P(w | h) = P(w | h')                                            if h never occurs in train: a(h) = 0
    P(w)     = the same, with 1 / vocab_size below it               so no symbol has probability 0

At the highest level the adjusted count a(h w) is how often w followed h. At the lower levels it is the number of
different symbols that precede h w: a lower level matters only when the higher ones know little, so it should say how
many contexts w fits into, not how often it occurs (Francisco is frequent, but hardly follows anything except San).

The discount D(0) = 0, D(1) = D1, D(2) = D2, D(3 and more) = D3 estimates how much a count in train exceeds its expected
value on new data. It follows from n1 ... n4, the numbers of n-grams of this level with an adjusted count of 1 ... 4:

    Y = n1 / (n1 + 2 n2)       D1 = 1 - 2 Y n2 / n1       D2 = 2 - 3 Y n3 / n2       D3 = 3 - 4 Y n4 / n3

Positions before the start of a name hold end markers, as in Karpathy's lecture on the MLP.

Source: Chen & Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling" (1999); Kneser & Ney,
"Improved backing-off for m-gram language modeling" (1995). If n1 ... n4 give no discounts, those of KenLM are used:
Heafield et al., "Scalable Modified Kneser-Ney Language Model Estimation" (2013), https://aclanthology.org/P13-2121.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from makemore.arithmetic.elementary import log64
from makemore.corpus.corpus import Corpus
from makemore.corpus.vocabulary import Vocabulary
from makemore.models import base
from makemore.models.base.ngrams import count_ngrams

PROBABILITIES_AT_A_TIME = 2**20  # 8 MB in each of ten buffers
FALLBACK = [0.0, 0.5, 1.0, 1.5]  # discounts of a level with too few n-grams to estimate them


class Config(base.Config):
    """The length of the n-grams: order 1 sees no context, order 2 sees one symbol."""

    order: int = Field(ge=1, le=100)


class Model(base.Model[Config]):
    """The contexts of train, and what followed them, as sorted tables.

    Contexts are numbered: 0 is the empty context, then all contexts of one symbol, of two, and so on. A context is a
    shorter context plus one older symbol, and its code combines the two: number * vocab_size + symbol. So a code is
    below contexts * vocab_size at any order; one digit per symbol would overflow 64 bits.

    contexts: int64 (contexts), the code of each context, ascending; -1 for the empty one
    grams: int64 (n-grams of all levels), codes of (context number, symbol that followed), ascending
    counts: int64 (n-grams of all levels), their adjusted counts
    discounts: float64 (order, 4), D(0) ... D(3 and more) of each level
    """

    contexts: Tensor
    grams: Tensor
    counts: Tensor
    discounts: Tensor

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int) -> None:
        super().__init__(config, vocabulary, longest, block_size=config.order - 1)
        self.register_buffer("contexts", torch.tensor([-1]))
        self.register_buffer("grams", torch.zeros(0, dtype=torch.int64))
        self.register_buffer("counts", torch.zeros(0, dtype=torch.int64))
        self.register_buffer("discounts", torch.zeros(config.order, 4, dtype=torch.float64))
        self.register_load_state_dict_pre_hook(_take_sizes)  # type: ignore[no-untyped-call]  # torch gives it no types

    def forward(self, tokens: Tensor) -> Tensor:
        contexts = self.context_of(tokens)  # (B, T)
        return once_each(contexts, lambda distinct: log64(self.after(distinct)).float())  # (B, T, V)

    def context_of(self, tokens: Tensor) -> Tensor:
        """The number of the longest context at each position of `tokens` (B, T) that train has: int64 (B, T)."""
        V, context = len(self.vocabulary), torch.zeros_like(tokens)  # the empty one, which every position has
        known = torch.ones_like(tokens, dtype=torch.bool)  # (B, T): whether the longest context has this level's length
        for symbol in _preceding(tokens, self.block_size):
            place, there = _find(self.contexts, context * V + symbol)  # (B, T) both
            known &= there  # a context is known only if its shorter one is
            context = torch.where(known, place, context)
        return context

    def after(self, contexts: Tensor) -> Tensor:
        """P(w | h) of the `contexts` (D), by their numbers: float64 (D, V)."""
        V = len(self.vocabulary)
        # Add all their shorter contexts. Numbers ascend with the length.
        shorter = [contexts]
        while shorter[-1].any():
            shorter.append(self._shorter(shorter[-1]))
        family = torch.cat(shorter).unique()  # (F)
        # From the shortest to the longest: interpolate with the distributions of the shorter contexts.
        table = torch.full((len(family), V), 1 / V, dtype=torch.float64)
        first, next_level = 0, torch.tensor(0)
        for level in range(self.block_size + 1):
            next_level = torch.searchsorted(self.contexts, next_level * V)  # the number of its first context
            last = int(torch.searchsorted(family, next_level))
            own = family[first:last]
            lower = table[torch.searchsorted(family, self._shorter(own))]  # of the empty context: 1 / V
            table[first:last] = self._interpolate(level, own, lower)
            first = last
        return table[torch.searchsorted(family, contexts)]

    def _shorter(self, contexts: Tensor) -> Tensor:
        """The number of each context without its oldest symbol; the empty one stays."""
        return self.contexts[contexts].clamp(min=0) // len(self.vocabulary)

    def _interpolate(self, level: int, contexts: Tensor, lower: Tensor) -> Tensor:
        """P(w | h) of the `contexts` (D) of a level, given P(w | h') in `lower`: float64, both (D, V)."""
        V = len(self.vocabulary)
        if len(contexts) > (most := max(1, PROBABILITIES_AT_A_TIME // V)):
            some = zip(contexts.split(most), lower.split(most), strict=True)
            return torch.cat([self._interpolate(level, *each) for each in some])
        place, there = _find(self.grams, contexts.unsqueeze(1) * V + torch.arange(V))  # (D, V) both
        counts = torch.where(there, self.counts[place], 0)  # (D, V)
        discounts = self.discounts[level][counts.clamp(max=3)]  # (D, V)
        kinds = (counts == 1, counts == 2, counts > 2)  # (D, V) each
        once, twice, more = (kind.sum(dim=1, keepdim=True).double() for kind in kinds)  # (D, 1) each
        _, d1, d2, d3 = self.discounts[level].tolist()
        given: Tensor = once * d1 + twice * d2 + more * d3  # (D, 1), for the lower level
        return (counts - discounts + given * lower) / counts.sum(dim=1, keepdim=True)

    def fit(self, corpus: Corpus) -> list[base.Point]:
        V = len(self.vocabulary)
        # The distinct n-grams of train and their counts, each symbol in a tensor of its own: (G) each.
        (*preceding, targets), counts = count_ngrams(corpus.names["train"], self.config.order, V)

        # From the shortest context to the longest: number the distinct ones, each as a shorter one and an older symbol.
        context = torch.zeros_like(targets)  # (G): the context of each n-gram, one symbol longer after each step
        contexts = [torch.tensor([-1])]
        for symbol in reversed(preceding):
            codes, index = (context * V + symbol).unique(return_inverse=True)  # (distinct), (G)
            context = sum(map(len, contexts)) + index
            contexts.append(codes)
        self.contexts = torch.cat(contexts)

        # From the highest level down: each level counts the distinct n-grams of the level above.
        codes, order = (context * V + targets).sort()  # (G)
        levels = [(codes, counts[order])]
        for _ in range(self.block_size):
            longer, _ = levels[0]
            shorter = self.contexts[longer // V] // V  # a context's code starts with its shorter context
            levels.insert(0, (shorter * V + longer % V).unique(return_counts=True))
        self.grams = torch.cat([codes for codes, _ in levels])
        self.counts = torch.cat([counts for _, counts in levels])
        self.discounts = torch.tensor([_discounts(counts) for _, counts in levels], dtype=torch.float64)
        return []

    def problem(self) -> str:
        if self.contexts.dim() != 1 or not len(self.contexts) or self.contexts[0] != -1:
            return "its contexts do not start with the empty one"
        if self.discounts.shape != (self.config.order, 4):
            return f"its discounts are not those of order {self.config.order}"
        if self.grams.dim() != 1 or not len(self.grams) or self.grams.shape != self.counts.shape:
            return "its n-grams and counts do not fit together"
        if (self.contexts.diff() <= 0).any() or (self.grams.diff() <= 0).any():
            return "its codes do not ascend"
        if self.grams[0] < 0 or max(self.contexts[-1], self.grams[-1]) >= len(self.contexts) * len(self.vocabulary):
            return "it has codes of no context"
        return "it has counts below 1" if (self.counts < 1).any() else ""


def once_each(contexts: Tensor, answer: Callable[[Tensor], Tensor]) -> Tensor:
    """What `answer` says of `contexts`, of any shape, asked once for each distinct one: (*contexts.shape, V)."""
    distinct, index = contexts.unique(return_inverse=True)
    return answer(distinct)[index]


def _preceding(tokens: Tensor, count: int) -> list[Tensor]:
    """The last symbol seen at each position of `tokens` (B, T), the one before it, and so on: `count` times (B, T)."""
    T = tokens.shape[1]
    padded = F.pad(tokens, (count, 0))  # (B, count + T)
    return [padded[:, count - back : count - back + T] for back in range(count)]


def _find(table: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
    """The index of each of `codes` in the sorted `table`, and whether it is in it; if not, the index is arbitrary."""
    place = torch.searchsorted(table, codes).clamp(max=len(table) - 1)
    return place, table[place] == codes


def _discounts(counts: Tensor) -> list[float]:
    """D(0) ... D(3 and more) of a level with these adjusted counts.

    FALLBACK if one of n1 ... n4 is 0 or a discount is not positive: the level is too small to estimate them.
    """
    _, n1, n2, n3, n4 = torch.bincount(counts.clamp(max=5), minlength=6)[:5].tolist()
    if not (n1 and n2 and n3 and n4):
        return FALLBACK
    y = n1 / (n1 + 2 * n2)
    discounts = [0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]
    return discounts if min(discounts[1:]) > 0 else FALLBACK


def _take_sizes(model: nn.Module, weights: dict[str, Any], prefix: str, *_: object) -> None:
    """Before weights are loaded: resizes the tables to those in `weights`, since their sizes depend on the corpus."""
    for name, table in model.named_buffers(recurse=False):
        if prefix + name in weights:
            setattr(model, name, torch.empty_like(weights[prefix + name], dtype=table.dtype))
