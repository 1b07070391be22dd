"""The note of a run, and the description of a model version: whose it is, and how long."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from makemore.core.errors import UserError
from makemore.core.files import write_text
from makemore.core.layout import MODEL_CARD
from makemore.models.base import catalog
from makemore.tracking.texts import CUT, LONGEST, description, note

METADATA = "---\nlicense: mit\nmodel-index:\n- name: gpt\n---\n"
WEIGHTS = "artifacts/models/mine/weights.safetensors"


def written(model: str, numbers: dict[str, float], tags: dict[str, str]) -> list[str]:
    """The lines of the note of a run with these numbers and tags."""
    results: Any = SimpleNamespace(
        variant="mine",
        model=Path(WEIGHTS).parent,
        params={"model": model},
        numbers=lambda: numbers,
        outputs={WEIGHTS: "0123456789abcdef"},
    )
    return note(results, tags).splitlines()


@pytest.mark.parametrize(
    ("numbers", "quality"),
    [
        (
            {"dev.nll": 2.04994, "dev.nll_low": 2.016, "dev.nll_high": 2.0836},
            "2.0499 nats per symbol (95% interval 2.0160 to 2.0836)",
        ),
        ({"dev.nll": 2.5}, "2.5000 nats per symbol"),
        ({"dev.nll": float("inf")}, "inf nats per symbol"),
    ],
)
def test_first_line_says_what_it_is_and_how_good(numbers: dict[str, float], quality: str) -> None:
    first, *_ = written("gpt", numbers, {})
    idea = "GPT: a decoder-only transformer, in the form of GPT-2 or with newer parts."
    assert first == f"**mine**: dev NLL {quality}. {idea}  "


@pytest.mark.parametrize(
    ("tags", "origin"),
    [
        ({}, "a folder without git"),
        ({"git.commit": "0123456789abcdef", "git.dirty": "false"}, "commit 0123456789"),
        (
            {"git.commit": "0123456789abcdef", "git.dirty": "true", "dvc.experiment": "rate-1"},
            "commit 0123456789 with uncommitted changes, experiment rate-1",
        ),
    ],
)
def test_second_line_says_where_it_came_from(tags: dict[str, str], origin: str) -> None:
    _, second, _ = written("count", {"dev.nll": 2.5}, tags)
    assert second == f"From {origin}. DVC has {WEIGHTS} as 0123456789abcdef.  "


@pytest.mark.parametrize("model", catalog.names())
def test_file_of_every_model_begins_with_what_it_is(model: str) -> None:
    idea = written(model, {"dev.nll": 2.5}, {})[0].partition("nats per symbol. ")[2]
    assert len(idea.split()) > 5
    assert idea.endswith(".  ")


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_folder")
def test_text_without_the_metadata_for_the_variant_of_the_card() -> None:
    write_text(MODEL_CARD, f"{METADATA}# Model card: gpt\n\n---\n")
    assert description("gpt") == "# Model card: gpt\n\n---\n"
    assert description("lstm") == ""


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize(("length", "kept"), [(LONGEST, LONGEST), (LONGEST + 1, LONGEST - len(CUT))])
def test_long_text_is_cut_to_what_mlflow_can_store(length: int, kept: int) -> None:
    write_text(MODEL_CARD, METADATA + "é" * length)
    text = description("gpt")
    assert (len(text), text.count("é")) == (LONGEST, kept)
    assert text.endswith("(The rest is in reports/model-card.md.)\n") == (length > LONGEST)


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize(
    "content", ["", "# Model card", "---\n---\ntext", "---\n[\n---\ntext", "---\nmodel-index: 1\n---\n"]
)
def test_damaged_card_is_an_error(content: str) -> None:
    write_text(MODEL_CARD, content)
    with pytest.raises(UserError, match=r"reports/model-card\.md: damaged, its metadata does not say which variant"):
        description("gpt")


@pytest.mark.usefixtures("_folder")
def test_missing_card_is_an_error() -> None:
    with pytest.raises(UserError, match=r"reports/model-card\.md: no such file; run `dvc repro` to create it"):
        description("gpt")
