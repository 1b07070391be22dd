"""The model that a command takes, from its name to the model itself."""

from pathlib import Path
from typing import TYPE_CHECKING

from makemore.cli.parser import Arguments, Parser

if TYPE_CHECKING:
    from makemore.api import TrainedModel


def add_model(parser: Parser) -> None:
    """Adds MODEL and --rev."""
    parser.add_argument(
        "model", type=_model, metavar="MODEL", help="a variant, the folder of a model, or models:/NAME@ALIAS"
    )
    parser.add_argument("--rev", help="the variant at this commit, from DVC's cache")


def load_model(arguments: Arguments) -> "TrainedModel":
    """The model that they name. Raises UserError like `makemore.load`."""
    if arguments.rev is None and isinstance(arguments.model, str) and "/" not in arguments.model:
        from makemore.project.variants import check_trained

        check_trained(arguments.model)  # before torch is imported, which takes seconds
    from makemore.api import load

    return load(arguments.model, arguments.rev)


def _model(text: str) -> str | Path:
    """A folder as a path, which depends on the current folder; a variant or a model in MLflow as text."""
    return Path(text) if "/" in text and not text.startswith("models:/") else text
