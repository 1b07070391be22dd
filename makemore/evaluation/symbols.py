"""The NLL of each symbol of some names, by running the model on whole names or on the distinct windows in them.

The predictions of a model with a window depend only on the last block_size symbols, and the same windows keep
recurring. Such a model is evaluated once per distinct window instead of once per symbol of the corpus.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from makemore.arithmetic import functional as F
from makemore.arithmetic.grids import NLL_STEP, on_step
from makemore.corpus.parts import Names
from makemore.corpus.tokens import PAD, inputs_and_targets, padded
from makemore.models.base.catalog import AnyModel

SYMBOLS_PER_CALL = 2**10  # their activations stay in the cache
LOGITS_PER_CALL = 2**20  # 8 MB in float64
LARGEST_TABLE = 2**24  # log-probabilities of all distinct windows: 128 MB in float64
SYMBOLS_PER_WINDOW = 8  # from this ratio of symbols to possible windows on, listing all windows beats finding them


def small_batches(names: Names, model: AnyModel) -> Iterator[Tensor]:
    """The rows of `names` (see `tokens.padded`), shortest first, because padding costs as much as symbols."""
    ordered = names.take(np.argsort(names.lengths, kind="stable"))
    groups = ordered.offsets[1:] // _symbols_per_call(model)
    starts = [*np.flatnonzero(np.diff(groups, prepend=-1)).tolist(), len(names)]
    return (padded(ordered.take(np.arange(first, last))) for first, last in pairwise(starts))


def _symbols_per_call(model: AnyModel) -> int:
    return max(1, min(SYMBOLS_PER_CALL, LOGITS_PER_CALL // len(model.vocabulary)))


class SymbolLosses:
    """The losses of one model, for names that come in many batches.

    symbols: the number of symbols in all batches together. If there are many times as many as possible windows, the
        losses of all windows are computed once, when they are first needed.
    """

    def __init__(self, model: AnyModel, symbols: int) -> None:
        self._model, self._vocab_size = model, len(model.vocabulary)
        self._has_window = model.block_size <= model.longest
        windows = self._vocab_size ** min(model.block_size, 64) if self._has_window else 0
        self._all_windows = windows * self._vocab_size <= LARGEST_TABLE and windows * SYMBOLS_PER_WINDOW <= symbols
        self._table: Tensor | None = None  # (windows * vocab_size): the loss of each symbol after each window

    def of(self, names: Names, position: NDArray[np.int64]) -> Tensor:
        """The NLL of each symbol of `names`, in order: float64 (symbols); `position` is that of `Names.positions`."""
        nll = self._by_window(names, position) if self._has_window else None
        return self._by_name(names) if nll is None else nll

    def _by_name(self, names: Names) -> Tensor:
        lengths = names.lengths
        place = np.argsort(np.repeat(lengths, lengths), kind="stable")  # of the symbols of the shortest names, and on
        # Allocated once: small results that stay between large temporary buffers would fragment the memory.
        nll = torch.zeros(len(names.tokens), dtype=torch.float64)
        done = 0
        for batch in small_batches(names, self._model):
            inputs, targets = inputs_and_targets(batch.to(self._model.device))
            log_probs = F.log_softmax(self._model(inputs))  # (B, T, V)
            of_target = log_probs.gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
            found = of_target[targets != PAD]
            nll[place[done : done + len(found)]] = on_step(found.neg_(), NLL_STEP).cpu()
            done += len(found)
        return nll

    def _by_window(self, names: Names, position: NDArray[np.int64]) -> Tensor | None:
        """None if running the model on all windows would take longer than on the names, or too much memory."""
        targets = torch.from_numpy(names.tokens.astype(np.int64))  # (M)
        symbols = _last_symbols(targets, torch.from_numpy(position), max(1, self._model.block_size))
        if self._all_windows:
            number = torch.zeros_like(targets)
            for symbol in symbols[: self._model.block_size]:
                number.mul_(self._vocab_size).add_(symbol)
            table = self._table_of_all_windows()
        else:
            windows, number = self._distinct_windows(symbols)
            if windows.numel() > len(targets) or len(windows) * self._vocab_size > LARGEST_TABLE:
                return None
            table = self._losses_after(windows)
        return table.index_select(0, number.mul_(self._vocab_size).add_(targets))

    def _table_of_all_windows(self) -> Tensor:
        if self._table is None:
            size, block = self._vocab_size, self._model.block_size
            codes = torch.arange(size**block)
            digits = [codes // size**back % size for back in reversed(range(block))] or [codes]
            self._table = self._losses_after(torch.stack(digits, dim=1))
        return self._table

    def _losses_after(self, windows: Tensor) -> Tensor:
        """The loss of each symbol after each of `windows` (U, block_size): float64 (U * vocab_size)."""
        batches = windows.to(self._model.device).split(_symbols_per_call(self._model))
        nll = torch.cat([F.log_softmax(self._model(batch)[:, -1]).neg_() for batch in batches])  # (U, V)
        return on_step(nll, NLL_STEP).flatten().cpu()

    def _distinct_windows(self, symbols: list[Tensor]) -> tuple[Tensor, Tensor]:
        """The distinct windows, int64 (U, block_size), and the number of the one before each target, int64 (M).

        Windows are built up symbol by symbol, so no code exceeds U * vocab_size, whatever the block_size. Operations
        are in place, because these short computations spend as much time on memory allocation as on arithmetic.
        """
        size = self._vocab_size
        windows = torch.zeros(1, 0, dtype=torch.int64)
        number = torch.zeros_like(symbols[0])
        for symbol in symbols:
            number, possible = number.mul_(size).add_(symbol), len(windows) * size
            if possible * SYMBOLS_PER_WINDOW <= len(number):
                codes = torch.arange(possible)  # all possible windows, whether they occur or not
            else:
                codes, number = torch.unique(number, return_inverse=True)
            windows = torch.cat([windows[codes // size], codes.unsqueeze(1) % size], dim=1)
        return windows, number


def _last_symbols(targets: Tensor, position: Tensor, count: int) -> list[Tensor]:
    """The `count` symbols before each target (M), the oldest first: int64 (M) each.

    Positions before the start of a name count as end markers.
    """
    found = []
    for back in reversed(range(1, count + 1)):
        symbol = torch.zeros_like(targets)
        symbol[back:] = targets[:-back]
        # The symbol before the first one of a name is an end marker: that of the name before.
        found.append(symbol if back == 1 else symbol.masked_fill_(position < back, 0))
    return found
