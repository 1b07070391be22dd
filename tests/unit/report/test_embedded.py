"""The variants in the page: their weights as text, and why some have none."""

import base64
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from makemore.report import embedded as module
from makemore.report.embedded import SMALL, embedded, encoded_weights, scripts
from makemore.report.explanations import twins
from tests.conftest import CONFIGS
from tests.unit.conftest import Fitted


def decoded(tensor: dict[str, Any]) -> Tensor:
    """A tensor from its text, as scripts/variants.js decodes it."""
    values = np.frombuffer(base64.b64decode(tensor["data"]), f"<{tensor['kind']}").reshape(tensor["shape"])
    if "steps" in tensor:
        steps = np.frombuffer(base64.b64decode(tensor["steps"]), "<f4")
        values = values * steps[:, None]
    return torch.from_numpy(values.copy())


def test_scripts_need_no_other_file_and_cannot_end_their_element() -> None:
    script = scripts()
    assert "</script" not in script.lower()
    for word in ("import ", "require(", "fetch(", "http://", "innerHTML", "XMLHttpRequest"):
        assert word not in script, word


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_weights_are_those_of_the_model(fitted: Fitted, name: str) -> None:
    model = fitted(name)
    encoded = encoded_weights(model)
    assert encoded.keys() == model.state_dict().keys()
    for key, tensor in model.state_dict().items():
        found = decoded(encoded[key])
        assert found.shape == tensor.shape
        assert torch.equal(found.double(), tensor.double()) or tensor.dtype == torch.float64
        assert torch.allclose(found.double(), tensor.double(), rtol=1e-7)


def test_large_matrices_have_16_bits_and_a_scale_for_each_row() -> None:
    matrix = torch.randn(3, SMALL, generator=torch.Generator().manual_seed(1)) * torch.tensor([[1e-3], [1.0], [0.0]])
    encoded = module._encoded(matrix)
    assert (encoded["kind"], "steps" in encoded) == ("i2", True)
    step = matrix.abs().amax(dim=1, keepdim=True) / 32_767
    assert ((decoded(encoded) - matrix).abs() <= 0.51 * step).all()


def test_whole_numbers_are_exact() -> None:
    for values in ([0, 127], [128, 2**15 - 1], [2**15], [2**31 - 1], [2**31, 2**52]):
        tensor = torch.tensor(values)
        assert decoded(module._encoded(tensor)).long().tolist() == values


def test_variants_that_are_not_in_the_page_say_why(fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    models = {"large": fitted("gpt"), "small": fitted("count"), "other": fitted("mlp")}
    monkeypatch.setattr(module, "MOST_CHARACTERS", 10_000)
    monkeypatch.setattr(module, "twins", lambda: {name: path for name, path in twins().items() if name != "mlp"})
    found = {entry["variant"]: entry for entry in embedded(models)["variants"]}
    assert list(found) == ["large", "small", "other"], "the order of the models"
    assert found["large"]["missing"] == "it is too large for this page"
    assert found["other"]["missing"] == "its model has no JavaScript twin"
    assert "weights" in found["small"]
