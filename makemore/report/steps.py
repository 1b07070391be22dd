"""What each model bought: the best variant of each model against the best one that came before it in the story."""

import math
from dataclasses import dataclass

from makemore.report.explanations import EXPLANATIONS, Explanation, explained
from makemore.report.stage_outputs import Result
from makemore.statistics.ranking import Difference, Losses


@dataclass(frozen=True)
class Step:
    """A model of the story, or all students together.

    variants: all its variants, the best on dev first
    before: the best variant of the models before it; None for the first one
    difference: the dev NLL of its best variant minus that of `before`
    """

    model: str
    variants: list[Result]
    before: Result | None
    difference: Difference | None

    @property
    def explanation(self) -> Explanation:
        """What readers are told about the model."""
        return explained(self.model)

    @property
    def best(self) -> Result:
        """Its best variant."""
        return self.variants[0]

    @property
    def improves(self) -> bool:
        """Whether it is better than all models before it, by however little."""
        return self.difference is None or self.difference.value < 0

    @property
    def bought(self) -> str:
        """What it is worth, as a sentence."""
        variant, loss = self.best.variant, self.best.nll("dev")
        if math.isinf(loss):
            return f"{variant} holds a name of dev impossible, so its loss is infinite."
        if self.before is None or self.difference is None:
            return f"{variant} is where the story starts, at {loss:.3f} nats per symbol."
        value, between = self.difference.value, self.difference.interval
        what = f"{abs(value):.3f} nats per symbol {'less' if self.improves else 'more'} than {self.before.variant}"
        chance = ", which could be chance" if self.difference.verdict == "cannot tell" else ""
        interval = f" (95% interval of the difference: {between.low:+.3f} to {between.high:+.3f})" if between else ""
        return f"{variant} costs {what}, the best of those before it{chance}{interval}.".replace("inf ", "∞ ")


def steps(results: list[Result], losses: Losses) -> list[Step]:
    """The models of `results`, which are sorted by dev NLL, in the order of the story."""
    order = [*EXPLANATIONS, *(result.idea for result in results)]  # those without an explanation come last
    found: list[Step] = []
    before: Result | None = None
    for model in dict.fromkeys(order):
        variants = [result for result in results if result.idea == model]
        if variants:
            difference = losses.difference(variants[0].variant, before.variant) if before else None
            found.append(Step(model, variants, before, difference))
            before = variants[0] if found[-1].improves else before
    return found
