"""How likely single names are, for the command line and for serving."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from makemore.core.errors import UserError, shown
from makemore.corpus.split_names import SplitNames
from makemore.evaluation.losses import BatchLosses, evaluated
from makemore.models.base.catalog import AnyModel

T = TypeVar("T")


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


def score_list(
    model: AnyModel, names: list[str], of: Callable[[AnyModel, list[str]], Sequence[T]]
) -> list[tuple[T | None, str]]:
    """What `of` (`score` or `score_symbols`) finds for each of `names`, and ""; or None, and why there is nothing."""
    known = set(model.vocabulary.symbols[1:])
    found: dict[int, tuple[T | None, str]] = {}
    usual: list[int] = []
    for number, name in enumerate(names):
        characters = unicodedata.normalize("NFC", name)
        if unknown := next((character for character in characters if character not in known), ""):
            found[number] = (None, f"{shown(unknown)} is not in the vocabulary")
        elif len(characters) <= model.longest:
            usual.append(number)
        else:  # some models refuse it, so it is scored on its own
            try:
                found[number] = (of(model, [name])[0], "")
            except UserError as error:
                found[number] = (None, str(error))
    for number, value in zip(usual, of(model, [names[number] for number in usual]), strict=True):
        found[number] = (value, "")
    return [found[number] for number in range(len(names))]


def _evaluated(model: AnyModel, names: list[str]) -> Iterator[BatchLosses]:
    """All of `names` with the NLL of their symbols, in order."""
    return evaluated(model, SplitNames.of([unicodedata.normalize("NFC", name) for name in names], model.vocabulary))
