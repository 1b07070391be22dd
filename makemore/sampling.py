"""Drawing names from any model, and saying what came out: how much is new, how much is distinct, how long it is.

A name is drawn symbol by symbol from softmax(logits / temperature), until the end marker comes. Many names are drawn
side by side; one that has ended leaves the batch, those that have begun alike are read once, and a model that can
remembers what it has computed for the symbols so far (`Model.advance`). With a batch size of 1 the draws are those of
Karpathy's lectures (`torch.multinomial`, one symbol after the other), and so are the names.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from makemore.errors import UserError
from makemore.models import Model
from makemore.params import SampleParams

FEW = 250  # names side by side: up to so many, waking a second thread for each operation takes longer than it saves


@torch.inference_mode()
def sample(model: Model, params: SampleParams) -> list[str]:
    """`params.names` names from `model`, in the order in which they were drawn.

    Raises UserError for a prefix with a character that the model does not know, or that leaves no room to draw.
    """
    if len(params.prefix) >= params.max_length:
        raise UserError(f"the prefix {params.prefix!r} is as long as max_length ({params.max_length})")
    model.eval()
    start = torch.tensor([0, *model.vocabulary.encode(params.prefix)])  # (1 + prefix)
    generator = torch.Generator().manual_seed(params.seed)
    names: list[str] = []
    threads = torch.get_num_threads()
    if params.batch_size <= FEW:
        torch.set_num_threads(1)
    try:
        while len(names) < params.names:
            size = min(params.batch_size, params.names - len(names))
            names += _draw(model, start.repeat(size, 1), params, generator)
    finally:
        torch.set_num_threads(threads)
    return names


def _draw(model: Model, tokens: Tensor, params: SampleParams, generator: torch.Generator) -> list[str]:
    """A name for each row of `tokens` (names, 1 + prefix), all of which are the same."""
    names = [""] * len(tokens)
    alive = torch.arange(len(tokens))  # which name each row of tokens is
    # Names that have begun alike share a row of the batch that the model reads: at first there is only one.
    new, memory, row = tokens[:1], list[Tensor](), torch.zeros(len(tokens), dtype=torch.int64)
    while len(alive):
        logits, memory = model.advance(new, memory)  # (rows, V)
        probabilities = torch.softmax(_keep_top(logits / params.temperature, params.top_k), dim=-1)
        drawn = torch.multinomial(probabilities[row], num_samples=1, generator=generator)  # (alive, 1)
        tokens = torch.cat([tokens, drawn], dim=1)
        ended = (drawn[:, 0] == 0) | (tokens.shape[1] > params.max_length)
        for index, symbols in zip(alive[ended].tolist(), tokens[ended, 1:].tolist(), strict=True):
            names[index] = model.vocabulary.decode(symbols)
        alive, tokens, row, drawn = (part[~ended] for part in (alive, tokens, row, drawn))
        codes, row = torch.unique(row * logits.shape[1] + drawn[:, 0], return_inverse=True)  # (rows), (alive)
        new, memory = codes.unsqueeze(1) % logits.shape[1], [part[codes // logits.shape[1]] for part in memory]
    return names


def _keep_top(logits: Tensor, k: int | None) -> Tensor:
    """`logits` (alive, V), all but the k largest of each row set to minus infinity."""
    if k is None or k >= logits.shape[-1]:
        return logits
    top = logits.topk(k, dim=-1)
    return torch.full_like(logits, -torch.inf).scatter(-1, top.indices, top.values)


def statistics(names: list[str], corpus: Iterable[str], max_length: int) -> dict[str, Any]:
    """What came out, as JSON: shares in 0..1, lengths in characters.

    new: share of the names that stand nowhere in the corpus; distinct: distinct names per name; cut: share of the names
    that had not ended at `max_length` characters.
    """
    words = list(corpus)
    known = set(words)
    return {
        "names": len(names),
        "new": sum(name not in known for name in names) / len(names),
        "distinct": len(set(names)) / len(names),
        "mean_length": sum(map(len, names)) / len(names),
        "corpus_mean_length": sum(map(len, words)) / len(words),
        "cut": sum(len(name) >= max_length for name in names) / len(names),
    }
