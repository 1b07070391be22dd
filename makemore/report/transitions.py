"""Which symbol follows which: in train, and for the models that see one symbol.

Of a large vocabulary, only the most frequent symbols are shown, because the number of pairs is quadratic.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from makemore.core.corpus import Corpus
from makemore.models.base.catalog import AnyModel

SYMBOLS_SHOWN = 40


@dataclass(frozen=True)
class Transitions:
    """The bigrams of train.

    shown: int64 (S), the tokens that are shown, ascending
    counts: int64 (S, S), how often each of them is followed by each of them
    frequency: int64 (S), how often each of them is followed by any symbol
    """

    shown: Tensor
    counts: Tensor
    frequency: Tensor

    @classmethod
    def of(cls, corpus: Corpus) -> "Transitions":
        """The bigrams of the train split of `corpus`."""
        size = len(corpus.vocabulary)
        first, second = (torch.from_numpy(part) for part in np.divmod(corpus.bigram_tally.codes, size))
        tally = torch.from_numpy(corpus.bigram_tally.counts)
        frequency = torch.zeros(size, dtype=torch.int64).index_add_(0, first, tally)
        shown = frequency.argsort(descending=True, stable=True)[:SYMBOLS_SHOWN].sort().values
        counts = torch.zeros(len(shown), len(shown), dtype=torch.int64)
        place = torch.full((size,), -1).index_copy_(0, shown, torch.arange(len(shown)))  # of each token in `shown`
        both = (place[first] >= 0) & (place[second] >= 0)
        counts[place[first[both]], place[second[both]]] = tally[both]
        return cls(shown, counts, frequency[shown])

    @property
    def probabilities(self) -> Tensor:
        """float64 (S, S), the share of each symbol among those that follow another one; 0 if none ever does."""
        return self.counts.double() / self.frequency.clamp(min=1).unsqueeze(1)

    def expected(self, model: AnyModel) -> Tensor:
        """float32 (S, S), the probabilities of the same pairs under `model`, which sees one symbol."""
        with torch.no_grad():
            logits = model(self.shown.unsqueeze(1))[:, 0]  # (S, V): each symbol as a context
        return torch.softmax(logits, dim=-1)[:, self.shown]
