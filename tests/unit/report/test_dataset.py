"""What datasets/croissant.json says about a corpus, and what is wrong with a damaged one."""

import json
from pathlib import Path
from typing import Any

import pytest

from makemore.core.errors import UserError
from makemore.core.layout import CROISSANT
from makemore.report.dataset import described
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    CROISSANT.parent.mkdir()
    CROISSANT.write_bytes((ROOT / CROISSANT).read_bytes())


def edit(**changes: Any) -> None:
    CROISSANT.write_text(json.dumps(json.loads(CROISSANT.read_bytes()) | changes), encoding="utf-8")


@pytest.mark.parametrize("path", ["datasets/names.txt", "./datasets/../datasets/names.txt"])
def test_bundled_corpus_is_described(path: str) -> None:
    data = described(Path(path))
    assert data is not None
    assert (data.name, data.license_id, data.language) == ("given-names", "MIT", "en")
    assert data.description.startswith("8,602 distinct given names")
    assert "other scripts" in data.biases


@pytest.mark.parametrize("path", ["datasets/mine.txt", "names.txt", "datasets"])
def test_other_corpora_are_not(path: str) -> None:
    assert described(Path(path)) is None


def test_own_corpus_is_described_once_it_is_in_the_file() -> None:
    edit(license="https://example.org/terms", distribution=[{"contentUrl": "../mine.txt"}])
    data = described(Path("mine.txt"))
    assert data is not None
    assert data.license_id == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "Invalid JSON"),
        ("[]", "Input should be an object"),
        ('{"name": 1}', "name: Input should be a valid string; correct it, or restore it from git"),
    ],
)
def test_damaged_file_is_an_error_of_one_line(content: str, message: str) -> None:
    CROISSANT.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=message) as error:
        described(Path("datasets/names.txt"))
    assert str(error.value).startswith("datasets/croissant.json: ")
    assert "\n" not in str(error.value)


def test_missing_file_is_an_error_of_one_line() -> None:
    CROISSANT.unlink(missing_ok=True)
    with pytest.raises(UserError, match="no such file; restore it from git"):
        described(Path("datasets/names.txt"))
