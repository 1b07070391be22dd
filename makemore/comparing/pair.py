"""`makemore compare A B`: the paired difference of two variants, and the names on which they differ most."""

from dataclasses import dataclass

import numpy as np

from makemore.comparing.difference import sentence
from makemore.core.errors import UserError, did_you_mean, shown
from makemore.core.layout import CORPUS, LOSSES
from makemore.corpus.corpus import Corpus
from makemore.statistics.bootstrap import Floats
from makemore.statistics.names import HELD_OUT, DistinctNames, read_losses
from makemore.statistics.ranking import Difference, Losses


@dataclass(frozen=True)
class SplitOfPair:
    """Two variants on a split.

    names: how many distinct names they are compared on
    is_sample: whether these are a sample of the distinct names
    nll: nats per symbol of each variant
    difference: of the first one from the second one
    """

    names: int
    is_sample: bool
    nll: dict[str, float]
    difference: Difference


@dataclass(frozen=True)
class NameOfPair:
    """A name of dev, and what it costs each variant, in nats."""

    name: str
    nll: dict[str, float]


@dataclass(frozen=True)
class Pair:
    """Two variants. better: the names for which each one is better by most, the largest difference first."""

    variants: list[str]
    splits: dict[str, SplitOfPair]
    better: dict[str, list[NameOfPair]]

    def text(self) -> str:
        """The comparison for people."""
        lines = [self._sentence(split) for split in self.splits]
        first, second = self.variants
        lines += ["", f"nats per dev name: {first:>12} {second:>12} {'difference':>12}"]
        for variant, names in self.better.items():
            lines += ["", f"better for {variant}:"] if names else ["", f"no name is better for {variant}"]
            for each in names:
                of_first, of_second = each.nll.values()
                lines.append(f"  {each.name:16} {of_first:12.2f} {of_second:12.2f} {of_first - of_second:+12.2f}")
        return "\n".join(lines)

    def _sentence(self, split: str) -> str:
        """Such as: dev, 860 distinct names: gpt 2.0498, lstm 2.0409; gpt is worse by 0.0089 (95% interval ...)."""
        found = self.splits[split]
        means = ", ".join(f"{variant} {found.nll[variant]:.4f}" for variant in self.variants)
        which = f"a sample of {found.names} distinct names" if found.is_sample else f"{found.names} distinct names"
        return f"{split}, {which}: {means}; {sentence(self.variants[0], found.difference)}"


def compare_pair(first: str, second: str, count: int) -> Pair:
    """The comparison of two variants.

    count: how many names to list on either side

    Raises UserError if one of the variants has no losses, or if they are damaged.
    """
    _check_evaluated(first, second)
    corpus = Corpus.load(CORPUS)
    names = {split: DistinctNames.of(corpus.names[split]) for split in HELD_OUT}
    nll = {variant: read_losses(LOSSES / f"{variant}.safetensors", names) for variant in (first, second)}
    splits = {}
    for split, each in names.items():
        if len(each):
            losses = Losses({variant: nll[variant][split] for variant in nll}, each.symbols)
            splits[split] = SplitOfPair(len(each), each.is_sample, losses.mean, losses.difference(first, second))
    dev = names["dev"]
    of_copy = {variant: nll[variant]["dev"] / dev.copies for variant in (first, second)}
    return Pair([first, second], splits, _extremes(dev.decoded(corpus.vocabulary), of_copy, count))


def _check_evaluated(*variants: str) -> None:
    evaluated = sorted(path.stem for path in LOSSES.iterdir()) if LOSSES.exists() else []
    for variant in variants:
        if variant not in evaluated:
            known = f"evaluated variants: {', '.join(evaluated)}" if evaluated else "`dvc repro` evaluates all variants"
            raise UserError(
                f"the variant {shown(variant)} is not evaluated here; {did_you_mean(variant, evaluated)}{known}"
            )
    if len(set(variants)) < len(variants):
        raise UserError(f"compare {shown(variants[0])} with another variant, not with itself")


def _extremes(words: list[str], nll: dict[str, Floats], count: int) -> dict[str, list[NameOfPair]]:
    """The `count` names for which either variant is better by the most nats."""
    (first, of_first), (second, of_second) = nll.items()
    with np.errstate(invalid="ignore"):
        gain = np.nan_to_num(of_second - of_first, nan=0.0, posinf=np.inf, neginf=-np.inf)
    order = np.argsort(-gain, kind="stable")
    return {
        variant: [
            NameOfPair(words[index], {of: float(losses[index]) for of, losses in nll.items()})
            for index in chosen[:count]
            if better[index]
        ]
        for variant, chosen, better in ((first, order, gain > 0), (second, order[::-1], gain < 0))
    }
