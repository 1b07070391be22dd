"""Ensemble: several trained models answer, and their probabilities are averaged.

    P(w | h) = a_1 P_1(w | h) + ... + a_K P_K(w | h)         a_k >= 0, the weight of member k; all weights sum to 1

Models err in different ways: a counting model is sure of pieces that it has seen often, a network generalises. Where
one of them gives the next symbol little probability, another may give it more, and the mean loses little.

The weights are equal, or those with the lowest loss on dev. EM finds them: how likely is it that member k said the
symbol that came, P_k / P times its weight? The mean over all symbols is its next weight, and no step raises the loss.

The folder of an ensemble has the weights of all members, so it needs nothing else. Several seeds of one model are
several members.

Source: Jelinek & Mercer, "Interpolated estimation of Markov source parameters from sparse data" (1980), for weights by
EM; Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network" (2015), https://arxiv.org/abs/1503.02531.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, cast

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn

from makemore.arithmetic import functional as F
from makemore.arithmetic.elementary import exp64, log64
from makemore.arithmetic.grids import NLL_STEP
from makemore.core.errors import UserError, first_line
from makemore.corpus.vocabulary import Vocabulary
from makemore.models import base
from makemore.models.base.catalog import AnyModel, build, parse_values

IMPOSSIBLE = -600.0  # log-probabilities below it count as 0: products with weights are then never denormal numbers
EM_STEPS = 200  # at most
SETTLED = 1e-4  # EM stops when no weight changes by more
WEIGHT_STEP = 2.0**-24  # weights are multiples of it, so that their sum is 1 without rounding


class Config(base.Config):
    """The members, by name, each with its own parameters. (params.yaml names them only.)"""

    members: dict[str, dict[str, Any]] = Field(min_length=1)
    weights: Literal["fitted", "equal"]

    @field_validator("members")
    @classmethod
    def _are_models(cls, members: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        if nested := next((name for name, values in members.items() if values.get("model") == "ensemble"), ""):
            raise ValueError(f"{nested} is an ensemble")
        try:
            return {name: parse_values(name, values).model_dump() for name, values in members.items()}
        except UserError as error:
            raise ValueError(first_line(error)) from None


class Model(base.Model[Config]):
    """The members, and the weight of each: float64 (members)."""

    weights: Tensor

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int) -> None:
        members = [build(parse_values(*each), vocabulary, longest) for each in config.members.items()]
        super().__init__(config, vocabulary, longest, block_size=max(member.block_size for member in members))
        self.members = nn.ModuleList(members)
        self.register_buffer("weights", on_weight_steps(equal_weights(len(members))))

    def each(self) -> Iterable[AnyModel]:
        """The members, in the order of `config.members`."""
        return cast(Iterable[AnyModel], self.members)

    def adopt(self, members: Sequence[AnyModel]) -> None:
        """Makes trained models the members: those of `config.members`, in this order."""
        self.members = nn.ModuleList(members)

    def fit_weights(self, nll: Tensor) -> None:
        """Sets the weights to those that EM finds for `nll`, float64 (members, symbols): what each symbol costs each.

        A symbol that all members hold impossible says nothing about them.
        """
        self.weights.copy_(on_weight_steps(fitted_weights(_probabilities(-nll))))

    def forward(self, tokens: Tensor) -> Tensor:
        return self._mixture([member(tokens) for member in self.each()])  # (B, T, V)

    def next_logits(self, tokens: Tensor, cache: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """See the base class. The cache is how many tensors each member keeps (B, members), and then those."""
        counts = cache[0][0].tolist() if cache else [0] * len(self.members)
        kept, logits, sizes, start = list[Tensor](), list[Tensor](), list[int](), 1
        for member, count in zip(self.each(), counts, strict=True):
            found, own = member.next_logits(tokens, cache[start : start + count])
            start += count
            logits.append(found)
            kept += own
            sizes.append(len(own))
        return self._mixture(logits), [torch.tensor([sizes]).repeat(len(tokens), 1), *kept]

    def _mixture(self, logits: Sequence[Tensor]) -> Tensor:
        """The logarithm of the weighted mean of the members' probabilities, float32, from their logits (..., V).

        Members are added one after the other: single IEEE products and sums.
        """
        mean = torch.zeros((), dtype=torch.float64)
        for weight, own in zip(self.weights, logits, strict=True):
            mean = mean + _probabilities(F.log_softmax(own)) * weight
        return log64(mean).float()

    def problem(self) -> str:
        """See the base class."""
        if (self.weights < 0).any() or self.weights.sum() != 1:
            return "its weights are not shares of 1"
        return next((problem for member in self.each() if (problem := member.problem())), "")

    @property
    def n_params(self) -> int:
        """The sum of those of the members."""
        return sum(member.n_params for member in self.each())


def _probabilities(log_probabilities: Tensor) -> Tensor:
    """The probabilities with these logarithms, float64, which may be minus infinity."""
    return torch.where(log_probabilities > IMPOSSIBLE, exp64(log_probabilities), 0.0)


def equal_weights(members: int) -> Tensor:
    """1 / members for each: float64 (members)."""
    return torch.full((members,), 1 / members, dtype=torch.float64)


def fitted_weights(probabilities: Tensor) -> Tensor:
    """The weights of the mixture under which what happened is most likely: float64 (members), with a sum near 1.

    probabilities: float64 (members, symbols), what each member gave the symbol that came
    """
    possible = probabilities[:, (probabilities > 0).any(dim=0)]
    weights = equal_weights(len(probabilities))
    for _ in range(EM_STEPS if possible.numel() else 0):
        before, joint = weights, weights.unsqueeze(1) * possible
        mean = torch.zeros((), dtype=torch.float64)
        for own in joint:
            mean = mean + own
        # How likely it is that each member said each symbol; in whole steps, so that sums are exact.
        said = (joint / mean / NLL_STEP).round_().long().sum(dim=1).double()
        weights = said / said.sum()
        if ((weights - before).abs() <= SETTLED).all():
            break
    return weights


def on_weight_steps(weights: Tensor) -> Tensor:
    """`weights`, float64, whose sum is near 1, as multiples of WEIGHT_STEP whose sum is 1."""
    steps = (weights / WEIGHT_STEP).round_()
    steps[weights.argmax()] += 1 / WEIGHT_STEP - steps.sum()
    return steps * WEIGHT_STEP
