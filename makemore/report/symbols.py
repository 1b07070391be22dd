"""Symbols and names as a reader sees them: none invisible, and each in the direction of its script.

makemore/report/scripts/dom.js does the same in the page.
"""

import unicodedata

from makemore.corpus.vocabulary import Vocabulary

END = "end"  # how the end marker is shown where it could be taken for a full stop


def shown_symbols(vocabulary: Vocabulary) -> list[str]:
    """How each symbol of `vocabulary` is shown; the end marker as it is."""
    return [vocabulary.symbols[0], *map(visible, vocabulary.symbols[1:])]


def visible(symbol: str) -> str:
    """A symbol that can be seen on its own: a space becomes ␣, an accent sits on a circle, a joiner is a number."""
    if symbol.isspace():
        return "␣"
    if unicodedata.category(symbol) == "Cf" or "\ufe00" <= symbol <= "\ufe0f":  # joiners, variation selectors
        return f"U+{ord(symbol):04X}"
    return f"◌{symbol}" if unicodedata.category(symbol).startswith("M") else symbol


def direction(text: str) -> str:
    """rtl if the first letter of `text` is of a script that is written from right to left, otherwise ltr."""
    strong = (unicodedata.bidirectional(character) for character in text)
    return "rtl" if next((kind for kind in strong if kind in ("L", "R", "AL")), "L") != "L" else "ltr"
