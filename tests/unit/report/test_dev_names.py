"""The losses of dev names: the typical ones, and those on which two variants disagree."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from makemore.core.errors import UserError
from makemore.core.layout import LOSSES
from makemore.corpus.corpus import Corpus
from makemore.report.dev_names import DevNames
from makemore.statistics.names import write_losses
from makemore.statistics.ranking import Losses, rank


def dev_of(nats: dict[str, list[float]], symbols: list[int]) -> DevNames:
    each = np.array(symbols)
    arrays = {variant: np.array(values) for variant, values in nats.items()}
    return DevNames(np.arange(len(symbols)), each, arrays, Losses(arrays, each))


def test_names_on_which_two_variants_disagree_most_per_symbol() -> None:
    dev = dev_of({"a": [2.0, 9.0, 4.0, math.inf], "b": [4.0, 8.0, 4.0, math.inf]}, [2, 2, 2, 2])
    assert dev.cheaper("a", "b", 5) == [0]
    assert dev.cheaper("b", "a", 5) == [1]
    dev = dev_of({"a": [2.0, 2.0, 1.0], "b": [4.0, math.inf, 2.5]}, [4, 2, 1])
    assert dev.cheaper("a", "b", 2) == [1, 2]


def test_typical_name_is_as_hard_as_the_average_and_not_too_long() -> None:
    dev = dev_of({"a": [4.0, 8.0, 24.0, math.inf]}, [4, 4, 12, 4])
    dev.losses.mean["a"] = 2.0
    assert dev.typical("a", range(2, 5)) == 1
    assert dev.typical("a", range(11, 12)) == 2
    assert dev.typical("a", range(30, 40)) in (1, 2), "if no name has so many characters, any may be chosen"


def test_losses_of_dev_names_come_from_the_evaluate_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = [first + second for first in "abcdef" for second in "abcdef"]
    corpus = Corpus.of({"train": words, "dev": words, "test": []}, ".")
    dev = torch.linspace(3, 9, 36)
    noise = torch.linspace(-0.5, 0.5, 36).roll(7)
    for variant, nll in {"best": dev, "second": dev + 1, "tied": dev + noise + 0.01}.items():
        write_losses(LOSSES / f"{variant}.safetensors", {"dev": nll, "test": torch.zeros(0)})
    variants = ["second", "best", "tied"]
    found = DevNames.read(variants, corpus)
    assert rank(found.losses).groups == [["best", "tied"], ["second"]]
    assert found.nats["best"] == pytest.approx(dev.numpy())
    (LOSSES / "tied.safetensors").unlink()
    with pytest.raises(UserError, match=r"artifacts/losses/tied\.safetensors: no such file; run `dvc repro`"):
        DevNames.read(variants, corpus)
