"""Prepares corpora in temporary folders."""

from pathlib import Path

from makemore.preparation.prepare import prepare
from tests.conftest import PARAMS


def prepare_names(folder: Path, names: list[str]) -> Path:
    """The folder of the corpus of `names`, prepared in `folder` as the environment says."""
    (folder / "names.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8", newline="\n")
    (folder / "dev.txt").touch()
    paths = {"path": str(folder / "names.txt"), "dev_path": str(folder / "dev.txt")}
    prepare(PARAMS.data.model_copy(update=paths), "", folder / "corpus", folder / "chunks")
    return folder / "corpus"


def files_of(folder: Path) -> dict[str, bytes]:
    """The content of every file in `folder`, by its name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}
