"""The description of a model version: whose it is, and how long."""

from pathlib import Path

import pytest

from makemore.core.errors import UserError
from makemore.core.files import write_text
from makemore.core.layout import MODEL_CARD
from makemore.tracking.model_card import CUT, LONGEST, description

METADATA = "---\nlicense: mit\nmodel-index:\n- name: gpt\n---\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_text_without_the_metadata_for_the_variant_of_the_card() -> None:
    write_text(MODEL_CARD, f"{METADATA}# Model card: gpt\n\n---\n")
    assert description("gpt") == "# Model card: gpt\n\n---\n"
    assert description("lstm") == ""


@pytest.mark.parametrize(("length", "kept"), [(LONGEST, LONGEST), (LONGEST + 1, LONGEST - len(CUT))])
def test_long_text_is_cut_to_what_mlflow_can_store(length: int, kept: int) -> None:
    write_text(MODEL_CARD, METADATA + "é" * length)
    text = description("gpt")
    assert (len(text), text.count("é")) == (LONGEST, kept)
    assert text.endswith("(The rest is in reports/model-card.md.)\n") == (length > LONGEST)


@pytest.mark.parametrize(
    "content", ["", "# Model card", "---\n---\ntext", "---\n[\n---\ntext", "---\nmodel-index: 1\n---\n"]
)
def test_damaged_card_is_an_error(content: str) -> None:
    write_text(MODEL_CARD, content)
    with pytest.raises(UserError, match=r"reports/model-card\.md: damaged, its metadata does not say which variant"):
        description("gpt")


def test_missing_card_is_an_error() -> None:
    with pytest.raises(UserError, match=r"reports/model-card\.md: no such file; run `dvc repro` to create it"):
        description("gpt")
