"""Prepares names in a temporary folder, by the code of the pipeline's stage `prepare`."""

from pathlib import Path
from typing import Any

from makemore.core.params import MOST_CHARACTERS, DataParams, parse_section
from makemore.preparation.prepare import prepare


def prepare_names(data: DataParams, folder: Path, where: str, **values: Any) -> Path:
    """The folder, in `folder`, of the corpus that `prepare` makes with the parameters `data`, changed by `values`.

    Names may be as long as any, and dev is split off. `where` is the prefix of errors about parameters.

    Raises UserError like prepare.
    """
    no_dev, corpus = folder / "no-dev.txt", folder / "corpus"
    no_dev.touch()
    own = {"dev_path": str(no_dev), "max_length": MOST_CHARACTERS}
    section = parse_section(DataParams, data.model_dump() | own | values, where)
    prepare(section, "", corpus, folder / "chunks")
    return corpus
