"""The exact negative log likelihood (NLL) of any model on any set of names.

Exact: every symbol of every name counts once, the end marker included, and the sums are taken in float64. Nothing is
sampled. The unit is nats per predicted symbol; bits per character is NLL / ln 2, perplexity is exp(NLL).

What a model with a window says depends on the last block_size symbols alone, and the same ones come again and again. So
such a model is asked once for each distinct window, and not once for each symbol of the corpus.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from makemore.corpus import PAD, inputs_and_targets
from makemore.errors import UserError
from makemore.models import Model

NAMES_AT_ONCE = 2**13  # with more, memory is handed back to the system and asked for again: half of the time
LOGITS_AT_ONCE = 2**22  # in one call of the model: 32 MB in float64, and what the model itself needs for them
TABLE = 2**24  # log-probabilities of all windows: 128 MB in float64
FEW = 8  # symbols to predict for each possible window, from which on it costs more to find out which ones occur


@dataclass(frozen=True)
class Likelihood:
    """The NLL of each symbol of some names.

    nll: float64 (names, time), zero where a name has ended
    counted: bool (names, time), where there is a symbol to predict
    """

    nll: Tensor
    counted: Tensor

    def mean(self) -> float:
        """Nats per symbol."""
        return (self.nll.sum() / self.counted.sum()).item()

    def by_position(self) -> list[float | str]:
        """Nats per symbol at each position of a name, the first character's first, as JSON."""
        reached = self.counted.any(dim=0)  # these names may be shorter than the longest of the corpus
        return [_number(nll) for nll in (self.nll.sum(dim=0) / self.counted.sum(dim=0))[reached].tolist()]

    def by_word(self) -> Tensor:
        """Nats per symbol of each name: float64 (names)."""
        return self.nll.sum(dim=1) / self.counted.sum(dim=1)


@torch.no_grad()
def likelihood(model: Model, rows: Tensor) -> Likelihood:
    """The NLL that `model` gives to each symbol of `rows`, int64 (names, longest + 2), see `corpus.encode_rows`."""
    was_training = model.training
    model.eval()
    nll = torch.cat([_nll(model, some) for some in rows.split(NAMES_AT_ONCE)])
    model.train(was_training)
    return Likelihood(nll, counted=rows[:, 1:] != PAD)


def _nll(model: Model, rows: Tensor) -> Tensor:
    """The NLL of each symbol of some names, float64 (names, time)."""
    has_window = model.block_size <= model.longest
    nll = _by_window(model, rows) if has_window else None
    return _by_name(model, rows) if nll is None else nll


def pieces(tokens: Tensor, model: Model) -> tuple[Tensor, ...]:
    """`tokens` (batch, time) in pieces for which the logits of `model` fit into LOGITS_AT_ONCE."""
    return torch.split(tokens, max(1, LOGITS_AT_ONCE // (tokens.shape[1] * len(model.vocabulary))))


def _by_name(model: Model, rows: Tensor) -> Tensor:
    """The NLL of each symbol, float64 (names, time), with every name read as a whole."""
    nll = []
    for some in pieces(rows, model):
        inputs, targets = inputs_and_targets(some)
        log_probs = model(inputs).double().log_softmax(dim=-1)  # (some, T, V)
        found = -log_probs.gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        nll.append(found.masked_fill_(targets == PAD, 0.0))
    return torch.cat(nll)


def _by_window(model: Model, rows: Tensor) -> Tensor | None:
    """The same, looked up in a table of all distinct windows; None where the table would be too large."""
    place = F.pad(rows[:, 1:] != PAD, (0, 1)).flatten().nonzero().squeeze(1)  # (M), in `rows`, before each counted
    windows, number = _windows(rows, place, model)
    if len(windows) * len(model.vocabulary) > TABLE:
        return None
    logits = torch.cat([model(some)[:, -1].double() for some in pieces(windows, model)])  # (U, V)
    nll = logits.log_softmax(dim=-1).neg_().flatten()
    target = rows.flatten()[1:].index_select(0, place)  # (M)
    found = nll.index_select(0, number.mul_(len(model.vocabulary)).add_(target))
    return torch.zeros(rows.numel(), dtype=torch.float64).index_copy_(0, place, found).view(rows.shape)[:, :-1]


def _windows(rows: Tensor, place: Tensor, model: Model) -> tuple[Tensor, Tensor]:
    """Windows of block_size symbols, the one that ends at each `place` in `rows` among them, and its number.

    Windows are int64 (U, block_size) and distinct; what would stand before a name are end markers. They are numbered
    symbol by symbol, so that no code grows beyond U * vocab_size, whatever the block_size. What can be is computed in
    place: for these short computations, asking the system for memory takes as long as they do.
    """
    size = len(model.vocabulary)
    windows = torch.zeros(1, 0, dtype=torch.int64)
    number = torch.zeros(len(place), dtype=torch.int64)
    for back in reversed(range(max(1, model.block_size))):
        symbol = rows.flatten().index_select(0, (place - back).clamp_(min=0) if back else place)
        if back:
            symbol.masked_fill_(place % rows.shape[1] < back, 0)  # (M): before the name
        number, possible = number.mul_(size).add_(symbol), len(windows) * size
        if possible * FEW <= len(place):
            codes = torch.arange(possible)  # all of them, whether they occur or not
        else:
            codes, number = torch.unique(number, return_inverse=True)
        windows = torch.cat([windows[codes // size], codes.unsqueeze(1) % size], dim=1)
    return windows, number


def summary(likelihood: Likelihood) -> dict[str, float | int | str] | None:
    """What a metrics file says of one split; None for a split without names.

    An infinite loss (a count model without smoothing) is the string "Infinity": JSON has no number for it, and
    `float()` reads it.
    """
    n_tokens = int(likelihood.counted.sum())
    if not n_tokens:
        return None
    nll = likelihood.mean()
    return {
        "nll": _number(nll),
        "bits_per_char": _number(nll / math.log(2)),
        "perplexity": _number(math.exp(nll) if nll < 700 else math.inf),  # exp(710) overflows
        "n_tokens": n_tokens,
    }


def extremes(words: list[str], likelihood: Likelihood, count: int) -> dict[str, dict[str, float | str]]:
    """The `count` most and least likely of `words` (distinct, by nats per symbol), with their NLL."""
    ranked = sorted(dict(zip(words, likelihood.by_word().tolist(), strict=True)).items(), key=lambda item: item[::-1])
    return {
        "most_likely": {word: _number(nll) for word, nll in ranked[:count]},
        "least_likely": {word: _number(nll) for word, nll in ranked[::-1][:count]},
    }


def _number(value: float) -> float | str:
    """A loss as JSON. Raises UserError for NaN, which is not a loss but the sign of broken weights."""
    if math.isnan(value):
        raise UserError("the loss is not a number: the weights are broken; train the model again")
    return value if math.isfinite(value) else "Infinity"
