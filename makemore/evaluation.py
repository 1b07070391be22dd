"""The exact negative log likelihood (NLL) of any model on any set of names.

Exact: every symbol of every name counts once, including the end marker, and sums are taken in float64. Nothing is
sampled. The unit is nats per predicted symbol; bits per character is NLL / ln 2, perplexity is exp(NLL).

The predictions of a model with a window depend only on the last block_size symbols, and the same windows keep
recurring. Such a model is evaluated once per distinct window instead of once per symbol of the corpus.
"""

import math
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from makemore.core.errors import UserError
from makemore.core.tokens import PAD, encode_rows, inputs_and_targets
from makemore.models.base.catalog import AnyModel

NAMES_PER_CHUNK = 2**13  # the allocator returns larger buffers to the system each time, which doubles the run time
LOGITS_PER_CALL = 2**22  # 32 MB in float64
SCORED_PER_STEP = 2**14  # tokens: a fraction of a second for any model
LARGEST_TABLE = 2**24  # log-probabilities of all distinct windows: 128 MB in float64
SYMBOLS_PER_WINDOW = 8  # from this ratio of symbols to possible windows on, listing all windows beats finding them


@dataclass(frozen=True)
class Likelihood:
    """The NLL of each symbol of some names.

    nll: float64 (names, time), zero after the end of a name
    counted: bool (names, time), whether there is a symbol to predict
    """

    nll: Tensor
    counted: Tensor

    def mean(self) -> float:
        """Nats per symbol."""
        return (self.nll.sum() / self.counted.sum()).item()

    def by_position(self) -> list[float]:
        """Nats per symbol at each position of a name, starting with its first character."""
        reached = self.counted.any(dim=0)  # these names may be shorter than the longest of the corpus
        return [_valid(nll) for nll in (self.nll.sum(dim=0) / self.counted.sum(dim=0))[reached].tolist()]

    def totals(self) -> Tensor:
        """Nats of each name, summed over its symbols: float64 (names)."""
        return self.nll.sum(dim=1)

    def by_word(self) -> list[float]:
        """Nats per symbol of each name."""
        return [_valid(nll) for nll in (self.nll.sum(dim=1) / self.counted.sum(dim=1)).tolist()]


@torch.no_grad()
def likelihood(model: AnyModel, rows: Tensor) -> Likelihood:
    """The NLL that `model` assigns to each symbol of `rows`, int64 (names, longest + 2), see `tokens.encode_rows`."""
    was_training = model.training
    model.eval()
    nll = torch.cat([_nll(model, chunk) for chunk in rows.split(NAMES_PER_CHUNK)])
    model.train(was_training)
    return Likelihood(nll, counted=rows[:, 1:] != PAD)


def score(model: AnyModel, names: list[str], between_steps: Callable[[], None] = lambda: None) -> list[float]:
    """The NLL of each of `names`, in nats per symbol. `between_steps` is called after each short step.

    Raises UserError for a character that is not in the vocabulary, and for a name that is too long for the model.
    """
    nlls: list[float] = []
    for part in _parts([unicodedata.normalize("NFC", name) for name in names]):
        rows = encode_rows(part, model.vocabulary, longest=max(map(len, part)))
        nlls += likelihood(model, rows).by_word()
        between_steps()
    return nlls


def _parts(names: list[str]) -> Iterator[list[str]]:
    """`names` in order, split so that the rows of each part have, with padding, at most SCORED_PER_STEP tokens."""
    part: list[str] = []
    longest = 0
    for name in names:
        longest = max(longest, len(name))
        if part and (len(part) + 1) * (longest + 2) > SCORED_PER_STEP:
            yield part
            part, longest = [], len(name)
        part.append(name)
    yield part


def chunks(tokens: Tensor, model: AnyModel) -> tuple[Tensor, ...]:
    """`tokens` (batch, time) split so that the logits of `model` for each chunk fit into LOGITS_PER_CALL."""
    return torch.split(tokens, max(1, LOGITS_PER_CALL // (tokens.shape[1] * len(model.vocabulary))))


def _nll(model: AnyModel, rows: Tensor) -> Tensor:
    """The NLL of each symbol of some names, float64 (names, time)."""
    has_window = model.block_size <= model.longest
    nll = _nll_by_window(model, rows) if has_window else None
    return _nll_by_name(model, rows) if nll is None else nll


def _nll_by_name(model: AnyModel, rows: Tensor) -> Tensor:
    """The NLL of each symbol, float64 (names, time), by running the model on whole names."""
    # Allocated once: small results that stay between large temporary buffers would fragment the memory.
    nll = torch.zeros(len(rows), rows.shape[1] - 1, dtype=torch.float64)
    done = 0
    for chunk in chunks(rows, model):
        inputs, targets = inputs_and_targets(chunk)
        log_probs = model(inputs).double().log_softmax(dim=-1)  # (chunk, T, V)
        of_target = -log_probs.gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        nll[done : done + len(chunk)] = of_target.masked_fill_(targets == PAD, 0.0)
        done += len(chunk)
    return nll


def _nll_by_window(model: AnyModel, rows: Tensor) -> Tensor | None:
    """The same, by running the model on each distinct window; None if the table of windows would be too large."""
    place = F.pad(rows[:, 1:] != PAD, (0, 1)).flatten().nonzero().squeeze(1)  # (M), index in `rows` of each last input
    windows, number = _distinct_windows(rows, place, model)
    if len(windows) * len(model.vocabulary) > LARGEST_TABLE:
        return None
    logits = torch.cat([model(chunk)[:, -1].double() for chunk in chunks(windows, model)])  # (U, V)
    table = logits.log_softmax(dim=-1).neg_().flatten()
    target = rows.flatten()[1:].index_select(0, place)  # (M)
    of_target = table.index_select(0, number.mul_(len(model.vocabulary)).add_(target))
    return torch.zeros(rows.numel(), dtype=torch.float64).index_copy_(0, place, of_target).view(rows.shape)[:, :-1]


def _distinct_windows(rows: Tensor, place: Tensor, model: AnyModel) -> tuple[Tensor, Tensor]:
    """The distinct windows of block_size symbols, int64 (U, block_size), and the number of the one ending at `place`.

    Positions before the start of a name count as end markers. Windows are built up symbol by symbol, so no code exceeds
    U * vocab_size, whatever the block_size. Operations are in place, because these short computations spend as much
    time on memory allocation as on arithmetic.
    """
    size = len(model.vocabulary)
    windows = torch.zeros(1, 0, dtype=torch.int64)
    number = torch.zeros(len(place), dtype=torch.int64)
    for back in reversed(range(max(1, model.block_size))):
        symbol = rows.flatten().index_select(0, (place - back).clamp_(min=0) if back else place)
        if back:
            symbol.masked_fill_(place % rows.shape[1] < back, 0)  # (M): before the start of the name
        number, possible = number.mul_(size).add_(symbol), len(windows) * size
        if possible * SYMBOLS_PER_WINDOW <= len(place):
            codes = torch.arange(possible)  # all possible windows, whether they occur or not
        else:
            codes, number = torch.unique(number, return_inverse=True)
        windows = torch.cat([windows[codes // size], codes.unsqueeze(1) % size], dim=1)
    return windows, number


def summary(likelihood: Likelihood) -> dict[str, Any] | None:
    """The metrics of one split, or None if it has no names. A count model without smoothing may have infinite ones."""
    n_tokens = int(likelihood.counted.sum())
    if not n_tokens:
        return None
    nll = _valid(likelihood.mean())
    return {
        "nll": nll,
        "bits_per_char": nll / math.log(2),
        "perplexity": math.exp(nll) if nll < 700 else math.inf,  # exp(710) overflows
        "n_tokens": n_tokens,
    }


def extremes(words: list[str], likelihood: Likelihood, count: int) -> dict[str, dict[str, float]]:
    """The `count` most and the `count` least likely distinct `words`, by nats per symbol, with their NLL."""
    ranked = sorted(dict(zip(words, likelihood.by_word(), strict=True)).items(), key=lambda item: item[::-1])
    return {"most_likely": dict(ranked[:count]), "least_likely": dict(ranked[::-1][:count])}


def _valid(nll: float) -> float:
    """`nll`. Raises UserError for NaN, which means that the weights are broken."""
    if math.isnan(nll):
        raise UserError("the loss is not a number: the weights are broken; train the model again")
    return nll
