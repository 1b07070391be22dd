"""The note of a run. mlflow is imported inside the tests: it takes seconds, and few of the unit tests need it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from makemore.models.base import catalog

WEIGHTS = "artifacts/models/mine/weights.safetensors"


def written(model: str, numbers: dict[str, float], tags: dict[str, str]) -> list[str]:
    """The lines of the note of a run with these numbers and tags."""
    from makemore.tracking.note import note

    run: Any = SimpleNamespace(data=SimpleNamespace(tags=tags))
    results: Any = SimpleNamespace(
        variant="mine",
        model=Path(WEIGHTS).parent,
        params={"model": model},
        numbers=lambda: numbers,
        outputs={WEIGHTS: "0123456789abcdef"},
    )
    return note(run, results).splitlines()


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
    first, _ = written("gpt", numbers, {})
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
    _, second = written("count", {"dev.nll": 2.5}, tags)
    assert second == f"From {origin}. DVC has {WEIGHTS} as 0123456789abcdef."


@pytest.mark.parametrize("model", catalog.names())
def test_file_of_every_model_begins_with_what_it_is(model: str) -> None:
    idea = written(model, {"dev.nll": 2.5}, {})[0].partition("nats per symbol. ")[2]
    assert len(idea.split()) > 5
    assert idea.endswith(".  ")
