"""How likely single names are, for the command line and for serving."""

import unicodedata
from collections.abc import Callable, Iterator

from makemore.corpus.rows import Rows
from makemore.evaluation.losses import Chunk, evaluated
from makemore.models.base.catalog import AnyModel

SCORED_PER_STEP = 2**14  # tokens: a fraction of a second for any model


def score(model: AnyModel, names: list[str], between_steps: Callable[[], None] = lambda: None) -> list[float]:
    """The NLL of each of `names`, in nats per symbol. `between_steps` is called after each short step.

    Raises UserError for a character that is not in the vocabulary, and for a name that is too long for the model.
    """
    return [nll for chunk in _chunks(model, names, between_steps) for nll in chunk.by_name().tolist()]


def score_symbols(model: AnyModel, names: list[str]) -> list[list[float]]:
    """The NLL of each symbol of each of `names`, that of the end marker last, in nats.

    Raises UserError like `score`.
    """
    costs: list[list[float]] = []
    for chunk in _chunks(model, names):
        chunk.by_name()  # checks that the losses are numbers
        ends = chunk.names.offsets[1:-1].tolist()
        costs += [part.tolist() for part in chunk.nll.tensor_split(ends)]
    return costs


def _chunks(model: AnyModel, names: list[str], between_steps: Callable[[], None] = lambda: None) -> Iterator[Chunk]:
    """All of `names` with the NLL of their symbols, in order."""
    for part in _parts([unicodedata.normalize("NFC", name) for name in names]):
        yield from evaluated(model, Rows.of(part, model.vocabulary))
        between_steps()


def _parts(names: list[str]) -> Iterator[list[str]]:
    """`names` in order, split so that the rows of each part have, with padding, at most SCORED_PER_STEP tokens."""
    part: list[str] = []
    longest = 0
    for name in names:
        longest = max(longest, len(name))
        if part and (len(part) + 1) * (longest + 2) > SCORED_PER_STEP:
            yield part
            part, longest = [], len(name)
        part.append(name)
    yield part
