"""Samples names from any model, and computes statistics of them: how many are new, how many distinct, how long.

A name is sampled symbol by symbol from softmax(logits / temperature) until the end marker: from all symbols, from the
`top_k` most likely ones, or from the fewest that have a probability of `top_p` together (Holtzman et al., "The Curious
Case of Neural Text Degeneration", 2020). Names are sampled in batches: finished names leave the batch, identical
prefixes are computed once, and models with a cache reuse it (`Model.next_logits`). Temperature 0 takes the most likely
symbol each time.

Each name has random numbers of its own, from the seed and its number, so it depends on neither the batch nor how many
names are wanted; the page draws the same names. With a batch size of 1 all names share one stream, as in Karpathy's
lectures, where one call of `torch.multinomial` follows another.
"""

import unicodedata
from collections.abc import Iterator
from itertools import chain

import numpy as np
import torch
from torch import Tensor

from makemore.arithmetic import functional as F
from makemore.arithmetic.grids import POWER_STEP, on_step
from makemore.arithmetic.random import Generator, exponential
from makemore.core.errors import UserError
from makemore.core.params import SampleParams
from makemore.core.results import Statistics
from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import decode_names, encode_names
from makemore.models.base.catalog import AnyModel

MOST_ATTEMPTS = 100  # names sampled by `stream_chosen` for each one that it must find


def sample(model: AnyModel, params: SampleParams) -> list[str]:
    """`params.names` names from `model`, in the order in which they were sampled.

    Raises UserError for a prefix with a character that is not in the vocabulary, or that is as long as max_length.
    """
    return list(stream(model, params))


def stream(model: AnyModel, params: SampleParams) -> Iterator[str]:
    """The same names as `sample`, each batch as soon as it is sampled."""
    return chain.from_iterable(_batches(model, params))


def stream_chosen(model: AnyModel, params: SampleParams, corpus: Corpus | None, distinct: bool) -> Iterator[str]:
    """`params.names` sampled names that are not in `corpus`, if one is given, and no name twice if `distinct`.

    Raises UserError like `sample`, and when too few of the first `params.names * MOST_ATTEMPTS` names will do.
    """
    attempts = params.names * MOST_ATTEMPTS
    left, seen = params.names, set[str]()
    for batch in _batches(model, params.model_copy(update={"names": attempts}), params.names):
        known = known_names(set(batch), corpus) if corpus else set()
        for name in batch:
            if name in known or (distinct and name in seen):
                continue
            yield name
            left -= 1
            if not left:
                return
            if distinct:
                seen.add(name)
    kind = " and ".join(["new"] * (corpus is not None) + ["distinct"] * distinct)
    raise UserError(
        f"only {params.names - left} of {attempts:,} sampled names are {kind}; ask for fewer, or raise the temperature"
    )


def next_probabilities(model: AnyModel, prefix: str) -> Tensor:
    """The probability of each symbol after `prefix`: float32 (vocab_size), that of the end marker first.

    Raises UserError for a character that is not in the vocabulary.
    """
    with torch.inference_mode():
        logits, _ = model.next_logits(_start(model, prefix).unsqueeze(0), [])  # (1, V)
        return F.softmax(logits[0])


def unseen(model: AnyModel, prefix: str) -> str:
    """What should be said of a `prefix` that `model` cannot see all of; "" if it can.

    Raises UserError for a character that is not in the vocabulary.
    """
    length, seen = len(model.vocabulary.encode(prefix)), model.block_size
    if seen <= model.longest and length > seen:  # it has a window
        which = {0: "nothing", 1: "only the last character"}.get(seen, f"only the last {seen} characters")
        return f"the model sees {which} of the prefix"
    if length > model.longest:
        longest = f"{model.longest} characters"
        return f"the prefix is longer than any name of the corpus ({longest}); the model may see its end only"
    return ""


def _batches(model: AnyModel, params: SampleParams, most: int | None = None) -> Iterator[list[str]]:
    """The names in batches of batch_size, or of `most`, if that is less."""
    if len(params.prefix) >= params.max_length:
        raise UserError(f"the prefix {params.prefix!r} is as long as max_length ({params.max_length})")
    start = _start(model, params.prefix)
    shared = Generator(params.seed) if params.batch_size == 1 else None
    size = min(params.batch_size, most or params.batch_size)
    for done in range(0, params.names, size):
        numbers = range(done, min(done + size, params.names))
        generators = [shared or Generator(params.seed, number) for number in numbers]
        yield _sample_batch(model, start.repeat(len(numbers), 1), params, generators)


def _start(model: AnyModel, prefix: str) -> Tensor:
    """The tokens of the end marker and of `prefix`: int64 (1 + prefix). Puts `model` into evaluation mode."""
    model.eval()
    return torch.tensor([0, *model.vocabulary.encode(prefix)])


@torch.inference_mode()
def _sample_batch(model: AnyModel, tokens: Tensor, params: SampleParams, generators: list[Generator]) -> list[str]:
    """A name for each row of `tokens` (names, 1 + prefix), which are identical, with its generator."""
    names = [""] * len(tokens)
    unfinished = torch.arange(len(tokens))  # the index in `names` of each row of `tokens`
    # Identical prefixes share one row of the model's batch; `row` says which. At first all prefixes are identical.
    cache: list[Tensor] = []
    new, row = tokens[:1], torch.zeros(len(tokens), dtype=torch.int64)
    while len(unfinished):
        # Run the model once for each distinct prefix, on the symbols that it has not seen yet.
        logits, cache = model.next_logits(new, cache)  # (rows, V)
        # Draw the next symbol of each name from the row of its prefix.
        raw = np.concatenate([generators[index].raw(2 * logits.shape[1]) for index in unfinished.tolist()])
        symbols = _draw(_probabilities(logits, params)[row], exponential(raw))  # (unfinished, 1)
        tokens = torch.cat([tokens, symbols], dim=1)
        # Names that drew the end marker, or are as long as allowed, are decoded and leave the batch.
        finished = (symbols[:, 0] == 0) | (tokens.shape[1] > params.max_length)
        for index, name in zip(unfinished[finished].tolist(), tokens[finished, 1:].tolist(), strict=True):
            names[index] = model.vocabulary.decode(name)
        unfinished, tokens, row, symbols = (each[~finished] for each in (unfinished, tokens, row, symbols))
        # Prefixes are identical if they were before and drew the same symbol: row * V + symbol numbers the pairs.
        codes, row = torch.unique(row * logits.shape[1] + symbols[:, 0], return_inverse=True)  # (rows), (unfinished)
        # Each of them continues the row of the cache that it came from.
        new, cache = codes.unsqueeze(1) % logits.shape[1], [kept[codes // logits.shape[1]] for kept in cache]
    return names


def _probabilities(logits: Tensor, params: SampleParams) -> Tensor:
    """What symbols are drawn with: (rows, V), like `logits`. They need not sum up to 1."""
    if params.temperature == 0:  # all for the first of the most likely symbols; NaN stays NaN
        likeliest = torch.zeros_like(logits).scatter(-1, logits.argmax(dim=-1, keepdim=True), 1)
        return likeliest.masked_fill(logits.isnan(), torch.nan)
    probabilities = F.softmax(_keep_top_k(logits / logits.new_tensor(params.temperature), params.top_k))
    return _keep_top_p(probabilities, params.top_p)


def _draw(probabilities: Tensor, noise: Tensor) -> Tensor:
    """A symbol from each row of `probabilities` (B, V): (B, 1). Raises UserError if they are not probabilities.

    The symbol with the largest quotient of its probability and its exponential random number in `noise` (B * V), as in
    torch.multinomial.
    """
    if not probabilities.isfinite().all():
        raise UserError("the model's predictions are not numbers: its weights are damaged or too large")
    return (probabilities / noise.view_as(probabilities)).argmax(dim=-1, keepdim=True)


def _keep_top_k(logits: Tensor, k: int | None) -> Tensor:
    """`logits` (rows, V) with all but the k largest of each row set to minus infinity; all are kept if k is 0."""
    if not k or k >= logits.shape[-1]:
        return logits
    values, symbols = logits.sort(dim=-1, descending=True, stable=True)  # topk chooses any of equal ones
    return torch.full_like(logits, -torch.inf).scatter(-1, symbols[..., :k], values[..., :k])


def _keep_top_p(probabilities: Tensor, p: float | None) -> Tensor:
    """`probabilities` (rows, V) with all but the fewest most likely ones that have `p` together set to zero."""
    if p is None or p >= 1:
        return probabilities
    values, symbols = probabilities.sort(dim=-1, descending=True, stable=True)
    steps = on_step(values.double(), POWER_STEP)
    before = steps.cumsum(dim=-1) - steps  # the probability of all that are more likely
    return torch.zeros_like(probabilities).scatter(-1, symbols, values.masked_fill(before >= p, 0))


def statistics(names: list[str], corpus: Corpus, max_length: int) -> Statistics:
    """Statistics of sampled names: fractions in 0..1, lengths in characters.

    new: fraction of the names that are not in the corpus
    distinct: number of distinct names / number of names
    cut: fraction of the names that reached `max_length` characters without ending
    """
    known = known_names(set(names), corpus)
    count = sum(map(len, corpus.names.values()))
    symbols = sum(of_split.symbols for of_split in corpus.names.values())
    return Statistics(
        names=len(names),
        new=sum(name not in known for name in names) / len(names),
        distinct=len(set(names)) / len(names),
        mean_length=sum(map(len, names)) / len(names),
        corpus_mean_length=(symbols - count) / count,  # a symbol of each name is its end marker
        cut=sum(len(name) >= max_length for name in names) / len(names),
    )


def known_names(names: set[str], corpus: Corpus) -> set[str]:
    """Which of `names` are in the corpus. Only names of the corpus with the hash of one of them are compared."""
    # A name of the corpus is in NFC. One that a model has put together from its symbols need not be.
    ordered = sorted(name for name in names if unicodedata.is_normalized("NFC", name))
    if not ordered:
        return set()
    hashes = np.sort(encode_names(ordered, corpus.vocabulary).hashes())
    found: set[str] = set()
    for batch in (batch for of_split in corpus.names.values() for batch in of_split.batches()):
        own = batch.hashes()
        place = np.minimum(np.searchsorted(hashes, own), len(hashes) - 1)
        found |= {*decode_names(batch.take(np.flatnonzero(hashes[place] == own)), corpus.vocabulary)}
    return found & names
