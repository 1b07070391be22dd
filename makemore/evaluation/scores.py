"""How likely single names are, for the command line and for serving."""

import unicodedata
from collections.abc import Callable, Iterator

from makemore.corpus.split_names import SplitNames
from makemore.evaluation.losses import BatchLosses, evaluated
from makemore.models.base.catalog import AnyModel

SCORED_PER_STEP = 2**14  # tokens: a fraction of a second for any model


def score(model: AnyModel, names: list[str], between_steps: Callable[[], None] = lambda: None) -> list[float]:
    """The NLL of each of `names`, in nats per symbol. `between_steps` is called after each short step.

    Raises UserError for a character that is not in the vocabulary, and for a name that is too long for the model.
    """
    return [nll for batch in _evaluated(model, names, between_steps) for nll in batch.by_name().tolist()]


def score_symbols(model: AnyModel, names: list[str]) -> list[list[float]]:
    """The NLL of each symbol of each of `names`, that of the end marker last, in nats.

    Raises UserError like `score`.
    """
    costs: list[list[float]] = []
    for batch in _evaluated(model, names, lambda: None):
        batch.by_name()  # checks that the losses are numbers
        starts = batch.names.offsets[1:-1].tolist()  # of all names but the first
        costs += [nll.tolist() for nll in batch.nll.tensor_split(starts)]
    return costs


def _evaluated(model: AnyModel, names: list[str], between_steps: Callable[[], None]) -> Iterator[BatchLosses]:
    """All of `names` with the NLL of their symbols, in order."""
    for batch in _batches([unicodedata.normalize("NFC", name) for name in names]):
        yield from evaluated(model, SplitNames.of(batch, model.vocabulary))
        between_steps()


def _batches(names: list[str]) -> Iterator[list[str]]:
    """`names` in order, in batches whose rows have, with padding, at most SCORED_PER_STEP tokens."""
    batch: list[str] = []
    longest = 0
    for name in names:
        longest = max(longest, len(name))
        if batch and (len(batch) + 1) * (longest + 2) > SCORED_PER_STEP:
            yield batch
            batch, longest = [], len(name)
        batch.append(name)
    yield batch
