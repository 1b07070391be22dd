"""Reads what an earlier stage wrote, and checks that its shape and values are what that stage writes.

A file can be truncated, edited, or left over from other parameters. Every reader of an artifact goes through this
module, so that damage is an error that names the file to delete, and never a wrong result. Infinite losses are allowed:
a count model without smoothing has them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from makemore.core.errors import shown_key
from makemore.core.files import damaged, read_bytes, read_json

if TYPE_CHECKING:  # track reads only JSON, and importing torch would take longer than all its work
    from torch import Tensor

Nll = Annotated[float, Field(ge=0)]  # nats
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Character = Annotated[str, StringConstraints(min_length=1, max_length=1)]


def _check_symbols(symbols: list[str]) -> list[str]:
    end_marker, *characters = symbols
    if sorted({*characters} - {end_marker}) != characters:
        raise ValueError("its characters are not sorted and distinct")
    return symbols


Symbols = Annotated[
    list[Character],
    Field(min_length=2),
    AfterValidator(_check_symbols),
]


class Artifact(BaseModel):
    """Base class of all shapes: strict about types; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SavedVocabulary(Artifact):
    """The content of vocabulary.json under one key: the file is a list, but a shape is an object."""

    symbols: Symbols


class SavedModel(Artifact):
    """config.json of a model; the model validates `config` itself."""

    config: dict[str, Any]
    vocabulary: Symbols
    longest: int = Field(ge=1, lt=2**31)


class SplitMetrics(Artifact):
    """The losses on one split."""

    nll: Nll
    bits_per_char: Nll
    perplexity: float = Field(ge=1)
    n_tokens: int = Field(ge=1)


class HeldOutMetrics(SplitMetrics):
    """The losses on dev or test, and the interval of the NLL, which a split of few names does not have.

    interval_names: how many distinct names the interval is computed from, if not from all of them
    """

    nll_low: Nll | None = None
    nll_high: Nll | None = None
    interval_names: Count | None = None


class Metrics(Artifact):
    """The metrics of a variant; a split without names has none."""

    model: str
    n_params: Count
    train: SplitMetrics
    dev: HeldOutMetrics
    test: HeldOutMetrics | None


class Extremes(Artifact):
    """Names with their NLL."""

    most_likely: dict[str, Nll]
    least_likely: dict[str, Nll]


class Details(Artifact):
    """The details of a variant's losses."""

    dev_nll_by_position: list[Nll] = Field(min_length=1)
    dev_names: Extremes


class Statistics(Artifact):
    """The statistics of a variant's sampled names."""

    names: int = Field(ge=1)
    new: Share
    distinct: Share
    mean_length: float = Field(ge=0)
    corpus_mean_length: float = Field(gt=0)
    cut: Share


class SplitCard(Artifact):
    """How many names a split has."""

    words: Count
    distinct: Count
    tokens: Count
    words_also_in_train: Count


class SplitCards(Artifact):
    """All splits."""

    train: SplitCard
    dev: SplitCard
    test: SplitCard


class DataCard(Artifact):
    """card.json of the corpus, see preparation/merge.py."""

    lines: int = Field(ge=1)
    distinct: int = Field(ge=1)
    characters: dict[Character, Count] = Field(min_length=1)
    lengths: dict[Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}$")], Count] = Field(min_length=1)
    splits: SplitCards


def read_artifact(path: Path, shape: type[Artifact]) -> dict[str, Any]:
    """The JSON object in the file at `path`, checked against `shape`.

    Raises UserError if the file is missing, damaged or of another shape.
    """
    value: dict[str, Any] = read_json(path)
    _check_shape(path, value, shape)
    return value


def read_symbols(path: Path) -> list[str]:
    """The symbols in vocabulary.json. Raises UserError like `read_artifact`."""
    symbols: list[str] = read_json(path)
    _check_shape(path, {"symbols": symbols}, SavedVocabulary)
    return symbols


def _check_shape(path: Path, value: Any, shape: type[Artifact]) -> None:
    try:
        shape.model_validate(value)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(shown_key(key) for key in problem["loc"]) or "the file"
        what = problem["msg"].removeprefix("Value error, ")
        raise damaged(path, f"{where}: {what[0].lower()}{what[1:]}") from None


def read_tensors(path: Path) -> "dict[str, Tensor]":
    """The tensors in the safetensors file at `path`. Raises UserError if it is missing or damaged."""
    import safetensors.torch

    return _read(path, safetensors.torch.load)


def read_arrays(path: Path) -> dict[str, Any]:
    """The same as numpy arrays, for stages that do without torch."""
    import safetensors.numpy

    return _read(path, safetensors.numpy.load)


def _read(path: Path, parse: Callable[[bytes], dict[str, Any]]) -> dict[str, Any]:
    from safetensors import SafetensorError

    content = read_bytes(path)
    try:
        return parse(content)
    except (SafetensorError, ValueError, LookupError, TypeError, RuntimeError):
        raise damaged(path, "not a whole file of tensors") from None
