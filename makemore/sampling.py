"""Samples names from any model, and computes statistics of them: how many are new, how many distinct, how long.

A name is sampled symbol by symbol from softmax(logits / temperature) until the end marker. Names are sampled in
batches: finished names leave the batch, identical prefixes are computed once, and models with a cache reuse it
(`Model.next_logits`). A batch size of 1 samples symbols in the order of Karpathy's lectures (one call of
`torch.multinomial` at a time).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from makemore.core.corpus import Corpus
from makemore.core.errors import UserError
from makemore.core.params import SampleParams
from makemore.core.tokens import encode_names
from makemore.models.base.catalog import AnyModel

SINGLE_THREAD_BATCH = 250  # up to this batch size, waking a second thread for each operation costs more than it saves


@torch.inference_mode()
def sample(model: AnyModel, params: SampleParams, between_steps: Callable[[], None] = lambda: None) -> list[str]:
    """`params.names` names from `model`, in the order in which they were sampled.

    `between_steps` is called after each symbol of a batch.

    Raises UserError for a prefix with a character that is not in the vocabulary, or that is as long as max_length.
    """
    if len(params.prefix) >= params.max_length:
        raise UserError(f"the prefix {params.prefix!r} is as long as max_length ({params.max_length})")
    model.eval()
    start = torch.tensor([0, *model.vocabulary.encode(params.prefix)])  # (1 + prefix)
    generator = torch.Generator().manual_seed(params.seed)
    names: list[str] = []
    threads = torch.get_num_threads()
    if params.batch_size <= SINGLE_THREAD_BATCH:
        torch.set_num_threads(1)
    try:
        while len(names) < params.names:
            size = min(params.batch_size, params.names - len(names))
            names += _sample_batch(model, start.repeat(size, 1), params, generator, between_steps)
    finally:
        torch.set_num_threads(threads)
    return names


def _sample_batch(
    model: AnyModel,
    tokens: Tensor,
    params: SampleParams,
    generator: torch.Generator,
    between_steps: Callable[[], None],
) -> list[str]:
    """A name for each row of `tokens` (names, 1 + prefix); the rows are identical."""
    names = [""] * len(tokens)
    unfinished = torch.arange(len(tokens))  # the index in `names` of each row of `tokens`
    # Identical prefixes share one row of the model's batch; `row` says which. At first all prefixes are identical.
    cache: list[Tensor] = []
    new, row = tokens[:1], torch.zeros(len(tokens), dtype=torch.int64)
    while len(unfinished):
        logits, cache = model.next_logits(new, cache)  # (rows, V)
        probabilities = torch.softmax(_keep_top_k(logits / params.temperature, params.top_k), dim=-1)
        symbols = _draw(probabilities[row], generator)  # (unfinished, 1)
        tokens = torch.cat([tokens, symbols], dim=1)
        finished = (symbols[:, 0] == 0) | (tokens.shape[1] > params.max_length)
        for index, name in zip(unfinished[finished].tolist(), tokens[finished, 1:].tolist(), strict=True):
            names[index] = model.vocabulary.decode(name)
        unfinished, tokens, row, symbols = (part[~finished] for part in (unfinished, tokens, row, symbols))
        codes, row = torch.unique(row * logits.shape[1] + symbols[:, 0], return_inverse=True)  # (rows), (unfinished)
        between_steps()
        new, cache = codes.unsqueeze(1) % logits.shape[1], [part[codes // logits.shape[1]] for part in cache]
    return names


def _draw(probabilities: Tensor, generator: torch.Generator) -> Tensor:
    """A symbol from each row of `probabilities` (B, V): (B, 1). Raises UserError if they are not probabilities."""
    try:
        return torch.multinomial(probabilities, num_samples=1, generator=generator)
    except RuntimeError:
        raise UserError("the model's predictions are not numbers: its weights are damaged or too large") from None


def _keep_top_k(logits: Tensor, k: int | None) -> Tensor:
    """`logits` (rows, V) with all but the k largest of each row set to minus infinity."""
    if k is None or k >= logits.shape[-1]:
        return logits
    top = logits.topk(k, dim=-1)
    return torch.full_like(logits, -torch.inf).scatter(-1, top.indices, top.values)


def statistics(names: list[str], corpus: Corpus, max_length: int) -> dict[str, Any]:
    """Statistics of sampled names as JSON: fractions in 0..1, lengths in characters.

    new: fraction of the names that are not in the corpus
    distinct: number of distinct names / number of names
    cut: fraction of the names that reached `max_length` characters without ending
    """
    known = known_names(set(names), corpus)
    words, symbols = (sum(map(count, corpus.rows.values())) for count in (len, lambda rows: rows.symbols))
    return {
        "names": len(names),
        "new": sum(name not in known for name in names) / len(names),
        "distinct": len(set(names)) / len(names),
        "mean_length": sum(map(len, names)) / len(names),
        "corpus_mean_length": (symbols - words) / words,  # a symbol of each name is its end marker
        "cut": sum(len(name) >= max_length for name in names) / len(names),
    }


def known_names(names: set[str], corpus: Corpus) -> set[str]:
    """Which of `names` are in the corpus. Only names of the corpus with the hash of one of them are compared."""
    ordered = sorted(names)
    hashes = np.sort(encode_names(ordered, corpus.vocabulary).hashes())
    found: set[str] = set()
    for rows in corpus.rows.values():
        for chunk in rows.chunks():
            own = chunk.hashes()
            place = np.minimum(np.searchsorted(hashes, own), len(hashes) - 1)
            for number in np.flatnonzero(hashes[place] == own).tolist():
                start, end = chunk.offsets[number : number + 2]
                found.add(corpus.vocabulary.decode(chunk.tokens[start:end].tolist()))
    return found & names
