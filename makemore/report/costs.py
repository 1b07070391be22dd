"""What each symbol of a name costs under some variants: the NLL of a name, taken apart."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from makemore.arithmetic import functional as F
from makemore.arithmetic.grids import NLL_STEP, on_step
from makemore.corpus.tokens import PAD, inputs_and_targets
from makemore.models.base.catalog import AnyModel
from makemore.report.symbols import END, direction, visible


@dataclass(frozen=True)
class Costs:
    """What the symbols of one name cost.

    symbols: the symbols as they are shown; the last one is the end marker
    nats: the cost of each symbol, by variant; infinite for a symbol that the variant holds impossible
    """

    name: str
    symbols: list[str]
    nats: dict[str, list[float]]

    @property
    def direction(self) -> str:
        """In which the name is written: ltr or rtl."""
        return direction(self.name)

    def mean(self, variant: str) -> float:
        """Nats per symbol."""
        return sum(self.nats[variant]) / len(self.symbols)

    def saved(self, first: str, second: str) -> list[float]:
        """How many nats less each symbol costs under `first` than under `second`; 0 where both are infinite."""
        pairs = zip(self.nats[first], self.nats[second], strict=True)
        return [0.0 if mine == theirs else theirs - mine for mine, theirs in pairs]


@torch.no_grad()
def costs(rows: Tensor, models: Mapping[str, AnyModel]) -> list[Costs]:
    """The costs of a handful of names under `models`; `rows` as in `tokens.padded`."""
    inputs, targets = inputs_and_targets(rows)
    found = []
    for row in targets.tolist():
        symbols = next(iter(models.values())).vocabulary.symbols
        name = [symbols[token] for token in row[: row.index(0)]]
        found.append(Costs("".join(name), [*map(visible, name), END], {}))
    for variant, model in models.items():
        log_probabilities = F.log_softmax(model(inputs))  # (names, T, V)
        of_target = log_probabilities.gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)  # (names, T)
        nats = on_step(of_target.neg_(), NLL_STEP)  # as in evaluation
        for each, row, target in zip(found, nats, targets, strict=True):
            each.nats[variant] = (row[target != PAD] + 0.0).tolist()  # + 0.0: no minus zero
    return found
