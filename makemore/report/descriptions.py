"""Each model in two sentences, for readers who have never heard of it, in the order of the story.

A new model needs an entry here; tests/unit/report/test_descriptions.py notices.
"""

from typing import NamedTuple


class Description(NamedTuple):
    """A model for readers.

    title: its name in plain words
    text: two sentences: what it does, and what follows from that
    sees: what its picture shows
    """

    title: str
    text: str
    sees: str


DESCRIPTIONS = {
    "uniform": Description(
        "Knowing nothing",
        "Every symbol is equally likely, whatever came before. This is the starting line: a model that costs more has "
        "learned something wrong.",
        "nothing leads from the symbols so far to the next one",
    ),
    "count": Description(
        "Counting pairs",
        "It counts how often each symbol follows each other symbol in the training names, and predicts in proportion "
        "to these counts. All it sees is the last symbol.",
        "an arrow leads from the last symbol through a table to the next one",
    ),
    "bigram": Description(
        "Learning pairs",
        "It sees only the last symbol too, but does not count: it starts with random numbers, and each step of "
        "training moves them a little in the direction that lowers the loss. It arrives at the table of counts, and "
        "unlike counting, this way of learning also works for the larger models below.",
        "an arrow leads from the last symbol through a learned part to the next one",
    ),
    "ngram": Description(
        "Counting longer pieces",
        "It counts what followed the last few symbols together, not only the last one. Long pieces are rare, so where "
        "it has seen one too few times, it mixes in what followed shorter ones.",
        "arrows lead from the last few symbols through a table to the next one",
    ),
    "bow": Description(
        "Averaging the past",
        "It averages everything in the name so far, and a small network predicts from the average. An average hardly "
        "knows which symbol came when, so much of the order is lost.",
        "equally strong arrows lead from all symbols through an average to the next one",
    ),
    "mlp": Description(
        "A small network",
        "It turns each of the last few symbols into a short list of numbers, which it learns, and predicts from these "
        "lists. Similar symbols get similar lists, so what it learns about one piece of a name also helps with pieces "
        "it has never seen.",
        "arrows lead from the last few symbols through a learned part to the next one",
    ),
    "wavenet": Description(
        "A tree of small networks",
        "It combines neighbouring symbols first, then pairs of neighbours, then pairs of pairs. Every step is a small "
        "network that is used again at each place, so it sees further with few numbers to learn.",
        "symbols are combined in pairs, and pairs of pairs, up to the next symbol",
    ),
    "rnn": Description(
        "Taking notes",
        "It reads a name symbol by symbol and keeps notes, a list of numbers called its state, which it rewrites after "
        "each symbol. It predicts from the notes alone; the gru and lstm kinds learn what to keep and what to forget.",
        "a chain of states leads from the first symbol to the last, and from there to the next one",
    ),
    "gpt": Description(
        "Paying attention",
        "For each prediction it looks back at every symbol of the name and decides which of them matter; this is "
        "called attention. Several such layers follow each other, so later ones can build on what earlier ones "
        "have found.",
        "arrows of different strengths lead from all symbols to the next one",
    ),
}
