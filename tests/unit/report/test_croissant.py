"""What datasets/croissant.json says about a corpus, and what is wrong with a damaged one."""

import json
from pathlib import Path

import pytest

from makemore.core.errors import UserError
from makemore.core.layout import CROISSANT
from makemore.report.croissant import described
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    CROISSANT.parent.mkdir()
    CROISSANT.write_bytes((ROOT / CROISSANT).read_bytes())


@pytest.mark.parametrize("path", ["datasets/names.txt", "./datasets/../datasets/names.txt"])
def test_bundled_corpus_is_described(path: str) -> None:
    data = described(Path(path))
    assert data is not None
    assert (data.name, data.license_id, data.language) == ("given-names", "MIT", "en")
    assert data.description.startswith("8,602 distinct given names")
    assert "other scripts" in data.biases


def test_other_corpora_are_described_once_they_are_in_the_file() -> None:
    assert [described(Path(path)) for path in ("datasets/mine.txt", "names.txt", "datasets")] == [None] * 3
    changes = {"license": "https://example.org/terms", "distribution": [{"contentUrl": "../names.txt"}]}
    CROISSANT.write_text(json.dumps(json.loads(CROISSANT.read_bytes()) | changes), encoding="utf-8")
    data = described(Path("names.txt"))
    assert data is not None
    assert data.license_id == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file; restore it from git"),
        ("", "Invalid JSON"),
        ("[]", "Input should be an object"),
        ('{"name": 1}', "name: Input should be a valid string; correct it, or restore it from git"),
    ],
)
def test_missing_or_damaged_file_is_an_error_of_one_line(content: str | None, message: str) -> None:
    if content is None:
        CROISSANT.unlink()
    else:
        CROISSANT.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=message) as error:
        described(Path("datasets/names.txt"))
    assert str(error.value).startswith("datasets/croissant.json: ")
    assert "\n" not in str(error.value)
