"""The 32,033 names of the lectures, and the figures that the lectures print for them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from makemore.core.params import DataParams
from makemore.corpus.corpus import Corpus
from makemore.preparation.prepare import prepare
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def names_path() -> Path:
    """karpathy/makemore's list of 32,033 names, which is not in this repository."""
    path = os.environ.get("MAKEMORE_NAMES")
    if not path:
        pytest.skip("MAKEMORE_NAMES is not set to the 32,033 names of karpathy/makemore (datasets/README.md)")
    return Path(path)


@pytest.fixture(scope="session")
def golden() -> dict[str, Any]:
    """The figures that the lectures print for that list."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def names(names_path: Path) -> list[str]:
    """The 32,033 names."""
    return names_path.read_text(encoding="utf-8").split()


@pytest.fixture(scope="session")
def whole_list(names: list[str]) -> Corpus:
    """All 32,033 names as train, as in the lectures. A few of them are dev, for the models that need one."""
    return Corpus.of({"train": names, "dev": names[:100], "test": []}, ".")


@pytest.fixture(scope="session")
def split_list(names_path: Path, data: DataParams, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """The 32,033 names on our split, in which no name is in two splits."""
    folder = tmp_path_factory.mktemp("golden")
    paths = {"path": str(names_path), "dev_path": str(ROOT / data.dev_path)}
    prepare(data.model_copy(update=paths), "", folder / "corpus", folder / "chunks")
    return Corpus.load(folder / "corpus")
