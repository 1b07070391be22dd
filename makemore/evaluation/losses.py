"""The losses of a model on the names of a split, which need not fit into memory."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from makemore.arithmetic.numbers import LN_2, exp
from makemore.core.errors import UserError
from makemore.core.results import HeldOutMetrics
from makemore.corpus.parts import Names
from makemore.corpus.split_names import SplitNames
from makemore.evaluation.symbols import SymbolLosses
from makemore.models.base.catalog import AnyModel


class BatchLosses(NamedTuple):
    """A batch of names, and what a model says of them.

    names: the batch
    position: int64 (symbols), the place of each of their symbols in its name, from 0
    nll: float64 (symbols), the NLL of each of their symbols, in order
    """

    names: Names
    position: NDArray[np.int64]
    nll: Tensor

    def totals(self) -> Tensor:
        """Nats of each name, summed over its symbols: float64 (names)."""
        return torch.from_numpy(np.add.reduceat(self.nll.numpy(), self.names.offsets[:-1].astype(np.int64)))

    def by_name(self) -> NDArray[np.float64]:
        """Nats per symbol of each name: float64 (names)."""
        means: NDArray[np.float64] = self.totals().numpy() / self.names.lengths
        _valid(float(means.sum()))
        return means


@dataclass(frozen=True)
class Likelihood:
    """The NLL of some names by position, from that of their first characters on.

    nll: float64 (positions), the sum over the names that reach the position
    symbols: int64 (positions), how many names do
    """

    nll: NDArray[np.float64]
    symbols: NDArray[np.int64]

    def mean(self) -> float:
        """Nats per symbol."""
        return math.fsum(self.nll.tolist()) / int(self.symbols.sum())

    def by_position(self) -> list[float]:
        """Nats per symbol at each position."""
        return [_valid(nll) for nll in (self.nll / self.symbols).tolist()]


def likelihood(
    model: AnyModel, names: SplitNames, on_batch: Callable[[BatchLosses], object] = lambda _: None
) -> Likelihood:
    """The likelihood of all of `names` under `model`. Sums are taken batch by batch, in order.

    `on_batch` is called with each batch: single names are not kept.
    """
    nll, symbols = np.zeros(names.longest + 1), np.zeros(names.longest + 1, np.int64)
    for batch in evaluated(model, names):
        nll += np.bincount(batch.position, batch.nll.numpy(), minlength=len(nll))
        of_length = np.bincount(batch.names.lengths, minlength=len(symbols) + 1)
        symbols += np.cumsum(of_length[:0:-1])[::-1]  # at position p: the names with more than p symbols
        on_batch(batch)
    reached = symbols > 0
    return Likelihood(nll[reached], symbols[reached])


def evaluated(model: AnyModel, names: SplitNames) -> Iterator[BatchLosses]:
    """The batches of `names`, with the NLL that `model` assigns to their symbols."""
    was_training = model.training
    losses = SymbolLosses(model.eval(), names.symbols)
    try:
        for batch in names.batches():
            position = batch.positions()
            with torch.no_grad():
                nll = losses.of(batch, position)
            yield BatchLosses(batch, position, nll)
    finally:
        model.train(was_training)


def summary(likelihood: Likelihood) -> HeldOutMetrics | None:
    """The metrics of one split, or None if it has no names. A count model without smoothing may have infinite ones."""
    n_tokens = int(likelihood.symbols.sum())
    if not n_tokens:
        return None
    nll = _valid(likelihood.mean())
    return HeldOutMetrics(
        nll=nll,
        bits_per_char=nll / LN_2,
        perplexity=exp(nll) if nll < 700 else math.inf,
        n_tokens=n_tokens,
    )


def _valid(nll: float) -> float:
    """`nll`. Raises UserError for NaN, which means that the weights are broken."""
    if math.isnan(nll):
        raise UserError("the loss is not a number: the weights are broken; train the model again")
    return nll
