"""The exact negative log likelihood (NLL) of any model on any set of names.

Exact: every symbol of every name counts once, the end marker included, and the sums are taken in float64. Nothing is
sampled. The unit is nats per predicted symbol; bits per character is NLL / ln 2, perplexity is exp(NLL).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from makemore.corpus import PAD, inputs_and_targets
from makemore.errors import UserError
from makemore.models import Model

LOGITS_AT_ONCE = 2**24  # memory depends on it: 128 MB in float64


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
    size = max(1, LOGITS_AT_ONCE // (rows.shape[1] * len(model.vocabulary)))
    parts = [_nll(model, batch) for batch in rows.split(size)]
    model.train(was_training)
    return Likelihood(torch.cat(parts), rows[:, 1:] != PAD)


def _nll(model: Model, rows: Tensor) -> Tensor:
    inputs, targets = inputs_and_targets(rows)
    log_probs = model(inputs).double().log_softmax(dim=-1)  # (N, T, V)
    chosen = log_probs.gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)  # (N, T)
    return torch.where(targets == PAD, 0.0, -chosen)


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
