"""The corpus as bars, from its data card: the lengths of names, and the characters."""

import math
from typing import NamedTuple

from makemore.corpus.card import DataCard
from makemore.report.symbols import visible

MOST_BARS = 20  # of lengths: longer ranges are put together
MOST_CHARACTERS = 40  # that are listed


class Bar(NamedTuple):
    """A bar of a histogram: what it counts, how many there are, and its length, from 0 to 1."""

    label: str
    number: int
    share: float


def lengths(card: DataCard) -> list[Bar]:
    """How many names have how many characters."""
    counts = {int(length): count for length, count in card.lengths.items()}
    first, last = min(counts), max(counts)
    width = math.ceil((last - first + 1) / MOST_BARS)
    starts = range(first, last + 1, width)
    labels = [f"{start}" if width == 1 else f"{start}-{min(start + width - 1, last)}" for start in starts]
    return _bars(labels, [sum(counts.get(length, 0) for length in range(at, at + width)) for at in starts])


def alphabet(card: DataCard) -> list[Bar]:
    """The most frequent characters, and how often each occurs."""
    ordered = sorted(card.characters.items(), key=lambda item: (-item[1], item[0]))[:MOST_CHARACTERS]
    return _bars([visible(character) for character, _ in ordered], [count for _, count in ordered])


def _bars(labels: list[str], counts: list[int]) -> list[Bar]:
    most = max([*counts, 1])
    return [Bar(label, count, count / most) for label, count in zip(labels, counts, strict=True)]
