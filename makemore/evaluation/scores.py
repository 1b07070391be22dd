"""How likely single names are, for the command line and for serving."""

import unicodedata
from collections.abc import Iterator

from makemore.corpus.split_names import SplitNames
from makemore.evaluation.losses import BatchLosses, evaluated
from makemore.models.base.catalog import AnyModel


def score(model: AnyModel, names: list[str]) -> list[float]:
    """The NLL of each of `names`, in nats per symbol.

    Raises UserError for a character that is not in the vocabulary, and for a name that is too long for the model.
    """
    return [nll for batch in _evaluated(model, names) for nll in batch.by_name().tolist()]


def score_symbols(model: AnyModel, names: list[str]) -> list[list[float]]:
    """The NLL of each symbol of each of `names`, that of the end marker last, in nats.

    Raises UserError like `score`.
    """
    costs: list[list[float]] = []
    for batch in _evaluated(model, names):
        batch.by_name()  # checks that the losses are numbers
        starts = batch.names.offsets[1:-1].tolist()  # of all names but the first
        costs += [nll.tolist() for nll in batch.nll.tensor_split(starts)]
    return costs


def _evaluated(model: AnyModel, names: list[str]) -> Iterator[BatchLosses]:
    """All of `names` with the NLL of their symbols, in order."""
    return evaluated(model, SplitNames.of([unicodedata.normalize("NFC", name) for name in names], model.vocabulary))
