"""What the report knows of each model: its name in plain words, two sentences, a picture, and its JavaScript twin.

A new model needs an entry in EXPLANATIONS, which is in the order of the story, and twins/NAME.js. Without them its
variants are in all tables and charts, but are neither explained nor run in the page.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from makemore.report.pictures import ALL, FEW, ONE, average, chain, counted, drawn, learned, several, through, tree


class Explanation(NamedTuple):
    """A model for readers who have never heard of it.

    title: its name in plain words
    text: two sentences: what it does, and what follows from that
    sees: what its picture shows
    parts: of the picture: how it gets from the symbols so far to the next one
    """

    title: str
    text: str = ""
    sees: str = "the symbols so far, and the next one"
    parts: Sequence[str] = ()

    @property
    def picture(self) -> Markup:
        """Its picture as an SVG element."""
        return drawn(self.parts, self.sees)


EXPLANATIONS = {
    "uniform": Explanation(
        "Knowing nothing",
        "Every symbol is equally likely, whatever came before. This is the starting line: a model that costs more has "
        "learned something wrong.",
        "nothing leads from the symbols so far to the next one",
    ),
    "count": Explanation(
        "Counting pairs",
        "It counts how often each symbol follows each other symbol in the training names, and predicts in proportion "
        "to these counts. All it sees is the last symbol.",
        "an arrow leads from the last symbol through a table to the next one",
        through(counted, ONE),
    ),
    "bigram": Explanation(
        "Learning pairs",
        "It sees only the last symbol too, but does not count: it starts with random numbers, and each step of "
        "training moves them a little in the direction that lowers the loss. It arrives at the table of counts, and "
        "unlike counting, this way of learning also works for the larger models below.",
        "an arrow leads from the last symbol through a learned part to the next one",
        through(learned, ONE),
    ),
    "ngram": Explanation(
        "Counting longer pieces",
        "It counts what followed the last few symbols together, not only the last one. Long pieces are rare, so where "
        "it has seen one too few times, it mixes in what followed shorter ones.",
        "arrows lead from the last few symbols through a table to the next one",
        through(counted, FEW),
    ),
    "bow": Explanation(
        "Averaging the past",
        "It averages everything in the name so far, and a small network predicts from the average. An average hardly "
        "knows which symbol came when, so much of the order is lost.",
        "equally strong arrows lead from all symbols through an average to the next one",
        through(average, ALL),
    ),
    "mlp": Explanation(
        "A small network",
        "It turns each of the last few symbols into a short list of numbers, which it learns, and predicts from these "
        "lists. Similar symbols get similar lists, so what it learns about one piece of a name also helps with pieces "
        "it has never seen.",
        "arrows lead from the last few symbols through a learned part to the next one",
        through(learned, FEW),
    ),
    "wavenet": Explanation(
        "A tree of small networks",
        "It combines neighbouring symbols first, then pairs of neighbours, then pairs of pairs. Every step is a small "
        "network that is used again at each place, so it sees further with few numbers to learn.",
        "symbols are combined in pairs, and pairs of pairs, up to the next symbol",
        tree(),
    ),
    "rnn": Explanation(
        "Taking notes",
        "It reads a name symbol by symbol and keeps notes, a list of numbers called its state, which it rewrites after "
        "each symbol. It predicts from the notes alone; the gru and lstm kinds learn what to keep and what to forget.",
        "a chain of states leads from the first symbol to the last, and from there to the next one",
        chain(),
    ),
    "gpt": Explanation(
        "Paying attention",
        "For each prediction it looks back at every symbol of the name and decides which of them matter; this is "
        "called attention. Several such layers follow each other, so later ones can build on what earlier ones "
        "have found.",
        "arrows of different strengths lead from all symbols to the next one",
        through(learned, ALL, widths=(1, 5, 0.5, 2.5)),
    ),
    "ensemble": Explanation(
        "Asking several",
        "It asks several of the models above, and averages their probabilities, with a weight for each. Each model is "
        "wrong in a way of its own: what one holds unlikely, another may know.",
        "symbols lead to several parts, and their answers are joined into the next symbol",
        several(),
    ),
}
STUDENT = Explanation(
    "Learning from the ensemble",
    "A single model that learns what the ensemble says after each start of a name, instead of only what came next. It "
    "also reads names that the ensemble invents, so it can learn from more names than there are.",
    "arrows lead from all symbols through one learned part to the next one",
    through(learned, ALL),
)


def explained(model: str) -> Explanation:
    """The explanation of `model`, or of "student"; one without an entry has its name as title, and a bare picture."""
    return (EXPLANATIONS | {"student": STUDENT}).get(model) or Explanation(model)


def twins() -> dict[str, Path]:
    """The JavaScript twin of each model that has one, in the order of their names."""
    return {path.stem: path for path in sorted(Path(__file__).with_name("twins").glob("*.js"))}
