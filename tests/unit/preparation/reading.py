"""Reads a file of names with the code of the prepare stage, and gives back the names."""

import tempfile
from pathlib import Path
from typing import Any

from makemore.preparation.chunk import Rules
from makemore.preparation.collect import collect
from makemore.preparation.decoding import Columns
from makemore.preparation.storage import ChunkStore
from tests.conftest import PARAMS


def read_names(path: Path, column: str | None = None, weight: str | None = None, **changes: Any) -> list[str]:
    """The names in the file at `path`, in order. `changes` are of the section data of params.yaml."""
    rules = Rules.of(PARAMS.data.model_copy(update=changes), only="train")
    names: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for chunk in collect(path, Columns(column, weight), rules, ChunkStore(Path(folder))).chunks():
            symbols = [chr(code) for code in chunk.alphabet.tolist()]
            names += "".join(symbols[token] for token in chunk.splits["train"].tokens.tolist()).split("\0")[:-1]
    return names
