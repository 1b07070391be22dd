"""Reads and writes files with a known shape: what an earlier stage wrote is checked before it is used.

A file can be truncated, edited, or left over from other parameters. Every reader of an artifact goes through this
module, so that damage is an error that names the file to delete, and never a wrong result. A shape is a pydantic model
that is defined where its content is: results.py here, card.py in corpus/.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from makemore.core.errors import shown_key
from makemore.core.files import damaged, read_bytes, read_json, write_json

if TYPE_CHECKING:  # track reads only JSON, and importing torch would take longer than all its work
    from torch import Tensor


class Artifact(BaseModel):
    """Base class of all shapes: immutable and strict about types; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


Shape = TypeVar("Shape", bound=Artifact)


def read_artifact(path: Path, shape: type[Shape]) -> Shape:
    """The content of the JSON file at `path`.

    Raises UserError if the file is missing, damaged or of another shape.
    """
    return checked(path, read_json(path), shape)


def checked(path: Path, value: Any, shape: type[Shape]) -> Shape:
    """`value`, which comes from the file at `path`, as a `shape`. Raises UserError if it is of another shape."""
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(shown_key(key) for key in problem["loc"]) or "the file"
        what = problem["msg"].removeprefix("Value error, ")
        raise damaged(path, f"{where}: {what[0].lower()}{what[1:]}") from None


def write_artifact(path: Path, artifact: Artifact) -> None:
    """Writes `artifact` to `path` as JSON, without the fields that were not set."""
    write_json(path, artifact.model_dump(exclude_unset=True, by_alias=True))


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
