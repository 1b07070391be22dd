"""Which symbol follows which: the counts, the table that the count model makes of them, and the one that is learned.

That both tables are nearly the same is the heart of the first lecture: gradient descent finds the counts.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from makemore.arithmetic import functional as F
from makemore.arithmetic.elementary import exp64
from makemore.arithmetic.grids import POWER_STEP, on_step
from makemore.corpus.corpus import Corpus
from makemore.report.stage_outputs import Result, best_of
from makemore.report.symbols import shown_symbols

MOST_SYMBOLS = 40  # of a larger vocabulary, those of the most frequent pairs: the number of cells is quadratic


@dataclass(frozen=True)
class PairTable:
    """The probabilities P(next | current) of one variant: float64 (S, S), a row for each current symbol."""

    variant: str
    probabilities: Tensor


@dataclass(frozen=True)
class Pairs:
    """Pairs of symbols, for the S symbols that are shown.

    symbols: how they are shown; the end marker stands for the start of a name in a row, and for its end in a column
    vocabulary: how many symbols there are in all
    counts: int64 (S, S), how often the second symbol followed the first in train
    counted, learned: the tables of the best variants of the models count and bigram, if there are any
    """

    symbols: list[str]
    vocabulary: int
    counts: Tensor
    counted: PairTable | None
    learned: PairTable | None

    @classmethod
    def of(cls, results: list[Result], corpus: Corpus) -> "Pairs":
        """The pairs of `corpus`; `results` are sorted, the best first."""
        size = len(corpus.vocabulary)
        first, second = (torch.from_numpy(part) for part in np.divmod(corpus.bigram_tally.codes, size))
        counts = torch.from_numpy(corpus.bigram_tally.counts)
        shown = _shown(size, first, second, counts)  # (S)
        place = torch.full((size,), -1).index_copy_(0, shown, torch.arange(len(shown)))  # of each symbol in `shown`
        both = (place[first] >= 0) & (place[second] >= 0)
        matrix = torch.zeros(len(shown), len(shown), dtype=torch.int64)
        matrix[place[first[both]], place[second[both]]] = counts[both]
        symbols = shown_symbols(corpus.vocabulary)
        tables = (_table(results, model, shown) for model in ("count", "bigram"))
        return cls([symbols[token] for token in shown.tolist()], size, matrix, *tables)

    @property
    def shares(self) -> Tensor:
        """float64 (S, S), the share of each symbol among those that are shown and follow another one in train."""
        return self.counts.double() / self.counts.sum(dim=1, keepdim=True).clamp(min=1)

    @property
    def difference(self) -> Tensor | None:
        """The learned table minus the counted one: float64 (S, S)."""
        if self.counted is None or self.learned is None:
            return None
        return self.learned.probabilities - self.counted.probabilities

    @property
    def sentence(self) -> str:
        """How far apart the two tables are; empty if there are not two."""
        if self.difference is None or not self.counts.any():
            return ""
        shares = self.counts.double() / self.counts.sum()
        gap = float(on_step(self.difference.abs() * shares, POWER_STEP).sum())
        row, column = divmod(int(self.difference.abs().argmax()), len(self.symbols))
        return (
            f"On average over all pairs in train, the two tables differ by {100 * gap:.2f} percentage points. They "
            f"differ most, by {100 * abs(float(self.difference[row, column])):.1f} points, in what follows "
            f"“{self.symbols[row]}”, which occurs {int(self.counts[row].sum()):,} times: the less there is to count, "
            "the more depends on how the counts are smoothed, and on the pull towards zero in learning."
        )

    def most_frequent(self, count: int) -> list[tuple[str, str, int, list[float]]]:
        """The most frequent pairs: both symbols, how often, and the probability in each table."""
        order = self.counts.flatten().argsort(descending=True, stable=True)[:count].tolist()
        places = [divmod(at, len(self.symbols)) for at in order]
        tables = [table.probabilities for table in (self.counted, self.learned) if table]
        return [
            (self.symbols[i], self.symbols[j], int(self.counts[i, j]), [float(table[i, j]) for table in tables])
            for i, j in places
            if self.counts[i, j]
        ]


def _shown(size: int, first: Tensor, second: Tensor, counts: Tensor) -> Tensor:
    """The end marker and the symbols of the most frequent pairs, of two characters first, sorted: int64 (S)."""
    if size <= MOST_SYMBOLS:
        return torch.arange(size)
    inside = (first > 0) & (second > 0)
    order = (counts + inside * counts.max()).argsort(descending=True, stable=True)
    found = {0}
    for pair in torch.stack([first[order], second[order]], dim=1).tolist():
        if len(found | {*pair}) <= MOST_SYMBOLS:
            found.update(pair)
        if len(found) == MOST_SYMBOLS:
            break
    return torch.tensor(sorted(found))


@torch.no_grad()
def _table(results: list[Result], model: str, shown: Tensor) -> PairTable | None:
    """The table of the best variant of `model`, for the symbols `shown` (S)."""
    best = best_of(model, results)
    if best is None:
        return None
    logits = best.model(shown.unsqueeze(1))[:, 0]  # (S, V): each symbol as a context
    return PairTable(best.variant, exp64(F.log_softmax(logits))[:, shown])
