"""`makemore compare A B`: the paired difference of two variants, and the names on which they differ most."""

import numpy as np

from makemore.core.corpus import Corpus
from makemore.core.errors import UserError, shown
from makemore.core.layout import CORPUS, LOSSES
from makemore.statistics.bootstrap import Floats
from makemore.statistics.names import HELD_OUT, DistinctNames, read_losses
from makemore.statistics.ranking import Difference, Losses


def compare_pair(first: str, second: str, count: int) -> str:
    """The comparison as text.

    count: how many names to list on either side

    Raises UserError if one of the variants has no losses, or if they are damaged.
    """
    _check_evaluated(first, second)
    corpus = Corpus.load(CORPUS)
    names = {split: DistinctNames.of(corpus.rows[split]) for split in HELD_OUT}
    nll = {variant: read_losses(LOSSES / f"{variant}.safetensors", names) for variant in (first, second)}
    lines = [
        _sentence(split, each, Losses({variant: nll[variant][split] for variant in nll}, each.symbols), first, second)
        for split, each in names.items()
        if len(each)
    ]
    dev = names["dev"]
    of_copy = {variant: nll[variant]["dev"] / dev.copies for variant in (first, second)}
    return "\n".join([*lines, "", *_extremes(dev.words(corpus.vocabulary), of_copy, count)])


def _check_evaluated(*variants: str) -> None:
    evaluated = sorted(path.stem for path in LOSSES.iterdir()) if LOSSES.exists() else []
    for variant in variants:
        if variant not in evaluated:
            known = f"evaluated variants: {', '.join(evaluated)}" if evaluated else "`dvc repro` evaluates all variants"
            raise UserError(f"the variant {shown(variant)} is not evaluated here; {known}")
    if len(set(variants)) < len(variants):
        raise UserError(f"compare {shown(variants[0])} with another variant, not with itself")


def _sentence(split: str, names: DistinctNames, losses: Losses, first: str, second: str) -> str:
    """Such as: dev, 860 distinct names: gpt 2.0498, lstm 2.0409; gpt is worse by 0.0089 (95% interval ...)."""
    means = ", ".join(f"{variant} {losses.mean[variant]:.4f}" for variant in (first, second))
    which = f"a sample of {len(names)} distinct names" if names.is_sample else f"{len(names)} distinct names"
    return f"{split}, {which}: {means}; {verdict(first, losses.difference(first, second))}"


def verdict(variant: str, difference: Difference) -> str:
    """What `difference` says about `variant`, with its interval."""
    if difference.interval is None:
        return "too few names to tell them apart"
    interval = f"{difference.value:+.4f} nats per symbol, 95% interval {span(difference)}"
    if difference.verdict == "cannot tell":
        return f"they cannot be told apart ({interval})"
    return f"{variant} is {difference.verdict} ({interval})"


def span(difference: Difference) -> str:
    """The interval of a difference as text."""
    if difference.interval is None:
        return "–"
    return f"{difference.interval.low:+.4f} to {difference.interval.high:+.4f}"


def _extremes(words: list[str], nll: dict[str, Floats], count: int) -> list[str]:
    """The `count` names for which either variant is better by the most nats, as lines of a table."""
    (first, of_first), (second, of_second) = nll.items()
    with np.errstate(invalid="ignore"):
        gain = np.nan_to_num(of_second - of_first, nan=0.0, posinf=np.inf, neginf=-np.inf)
    order = np.argsort(-gain, kind="stable")
    lines = [f"nats per dev name: {first:>12} {second:>12} {'difference':>12}"]
    for variant, chosen, better in ((first, order, gain > 0), (second, order[::-1], gain < 0)):
        listed = [index for index in chosen[:count] if better[index]]
        lines += ["", f"better for {variant}:"] if listed else ["", f"no name is better for {variant}"]
        lines += [
            f"  {words[index]:16} {of_first[index]:12.2f} {of_second[index]:12.2f} {-gain[index]:+12.2f}"
            for index in listed
        ]
    return lines
