"""What every variant says of each distinct dev name, from the files of the evaluate stage."""

from dataclasses import dataclass

import numpy as np

from makemore.core import layout
from makemore.corpus.corpus import Corpus
from makemore.statistics.bootstrap import Floats, Integers
from makemore.statistics.names import DistinctNames, read_losses
from makemore.statistics.ranking import Losses


@dataclass(frozen=True)
class DevNames:
    """The distinct dev names. Their text stays on the disk: there may be many.

    first: int64 (names), the number of the first copy of each name in dev
    symbols: int64 (names), the predicted symbols of one copy
    nats: float64 (names), the NLL of one copy, by variant
    losses: the same for all copies: for intervals and paired differences
    """

    first: Integers
    symbols: Integers
    nats: dict[str, Floats]
    losses: Losses

    @classmethod
    def read(cls, variants: list[str], corpus: Corpus) -> "DevNames":
        """The losses of `variants` in the current folder.

        Raises UserError if those of a variant are missing or damaged.
        """
        names = DistinctNames.of(corpus.names["dev"])
        paths = {variant: layout.LOSSES / f"{variant}.safetensors" for variant in variants}
        nats = {variant: read_losses(path, {"dev": names})["dev"] for variant, path in paths.items()}
        one_copy = {variant: nll / names.copies for variant, nll in nats.items()}
        return cls(names.first, names.symbols // names.copies, one_copy, Losses(nats, names.symbols))

    def typical(self, variant: str, characters: range) -> int:
        """The name whose loss is the closest to the loss of all names, of those with so many characters if any has."""
        fitting = np.flatnonzero(np.isin(self.symbols - 1, characters))
        candidates = fitting if len(fitting) else np.arange(len(self.symbols))
        with np.errstate(invalid="ignore"):  # infinity minus infinity
            distance = np.abs(self.nats[variant] / self.symbols - self.losses.mean[variant])[candidates]
        return int(candidates[np.argmin(np.nan_to_num(distance, nan=np.inf))])

    def cheaper(self, first: str, second: str, count: int) -> list[int]:
        """The names that `first` finds more likely than `second`, at most `count`; by nats per symbol."""
        with np.errstate(invalid="ignore"):  # infinity minus infinity
            gain = (self.nats[second] - self.nats[first]) / self.symbols
        gain = np.nan_to_num(gain, nan=0.0, posinf=np.inf, neginf=-np.inf)
        order = np.argsort(-gain, kind="stable")[:count]
        return [int(number) for number in order if gain[number] > 0]
