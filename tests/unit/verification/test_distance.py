"""How far apart two versions of an output are."""

import math

import pytest
import safetensors.torch
import torch

from makemore.verification.distance import distance


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("nll: 2.5\n", "nll: 2.5\n", 0.0),
        ("nll: 2.5 at 1e-3", "nll: 2.6 at 1e-3", 0.1 / 2.6),
        ("nll: 0.001", "nll: 0.002", 0.001),
        ("x: -1e3", "x: -1.001e3", 1 / 1001),
        ("a 1, b 2.0", "a 1.5, b 2.1", 0.5 / 1.5),
        ("no numbers", "no numbers", 0.0),
        ("", "", 0.0),
        ("emma 1", "ava 1", math.inf),
        ("1 2", "1", math.inf),
        ("x: 1", "x: Infinity", math.inf),
    ],
)
def test_distance_of_texts_is_the_largest_relative_difference(old: str, new: str, expected: float) -> None:
    for first, second in ((old, new), (new, old)):
        assert distance("metrics.json", first.encode(), second.encode()) == pytest.approx(expected)


def test_files_that_are_not_text_can_be_compared() -> None:
    assert distance("image.png", b"\xff\x00", b"\xff\x00") == 0.0
    assert distance("image.png", b"\xff\x00", b"\xff\x01") == math.inf


TENSORS = {"a": torch.tensor([0.5, 200.0]), "b": torch.zeros(2, 3), "c": torch.arange(3), "empty": torch.zeros(0)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 0.0),
        ({"a": torch.tensor([0.75, 201.0])}, 0.25),
        ({"a": torch.tensor([0.5, 100.0])}, 0.5),
        ({"c": torch.tensor([0, 1, 3])}, 0.5),
        ({"b": torch.tensor([[0.0, math.nan, 0.0], [0.0, 0.0, 0.0]])}, math.inf),
        ({"b": torch.zeros(3, 2)}, math.inf),
        ({"d": torch.zeros(1)}, math.inf),
    ],
)
def test_distance_of_weights_is_the_largest_relative_difference(
    changes: dict[str, torch.Tensor], expected: float
) -> None:
    old, new = safetensors.torch.save(TENSORS), safetensors.torch.save(TENSORS | changes)
    assert distance("model/weights.safetensors", old, new) == pytest.approx(expected)
