"""The variants in the page: their weights as text, and why some have none."""

import base64
import copy
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from makemore.report import embedded as module
from makemore.report.embedded import embedded, encoded_weights, scripts
from makemore.report.explanations import twins
from tests.conftest import CONFIGS, PARAMS
from tests.unit.conftest import Fitted


def decoded(tensor: dict[str, Any]) -> Tensor:
    """A tensor from its text, as scripts/variants.js decodes it."""
    values = np.frombuffer(base64.b64decode(tensor["data"]), f"<{tensor['kind']}").copy()
    if "at" in tensor:
        all_of_them = np.zeros(math.prod(tensor["shape"]), values.dtype)
        all_of_them[np.frombuffer(base64.b64decode(tensor["at"]), "<i4")] = values
        values = all_of_them
    if "scale" in tensor:
        scale = np.frombuffer(base64.b64decode(tensor["scale"]), "<f4")
        values = (values.reshape(len(scale), -1) * scale[:, None]).astype("f4")
    return torch.from_numpy(values.reshape(tensor["shape"]))


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
        assert torch.equal(found.double(), tensor.double())


def test_weights_take_two_bytes_each_once_they_are_rounded(fitted: Fitted) -> None:
    model = copy.deepcopy(fitted("gpt"))
    model.round_weights()
    assert {each["kind"] for each in encoded_weights(model).values()} == {"f2"}
    for values in ([1.0, 2.0**-24, 65_504.0], [1 / 3], [2.0**-25], [65_520.0], [1e-30, -math.inf]):
        encoded = module._encoded(torch.tensor(values))
        assert encoded["kind"] == ("f2" if values[0] == 1 else "f4")
        assert decoded(encoded).tolist() == torch.tensor(values).tolist()


def test_whole_numbers_are_exact() -> None:
    for values in ([0, 127], [128, 2**15 - 1], [2**15], [2**31 - 1], [2**31, 2**52]):
        tensor = torch.tensor(values)
        assert decoded(module._encoded(tensor)).long().tolist() == values


def test_counts_that_are_mostly_zeros_are_small() -> None:
    counts = torch.zeros(3_000, 3_000, dtype=torch.int64)
    counts[7, 2_999], counts[2_999, 0] = 3, 200
    encoded = module._encoded(counts)
    assert sum(len(str(value)) for value in encoded.values()) < 100
    assert torch.equal(decoded(encoded).long(), counts)


def test_best_variant_has_eight_bit_weights_if_others_do_not_fit(
    fitted: Fitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fitted("gpt")
    exact = module._size({"weights": encoded_weights(model)})
    monkeypatch.setattr(module, "MOST_CHARACTERS", exact - 1)
    entry = embedded({"gpt": model}, PARAMS.sample)["variants"][0]
    assert entry["rounded"]
    assert module._size(entry) < exact
    for name, tensor in model.state_dict().items():
        found = decoded(entry["weights"][name])
        assert torch.allclose(found.float(), tensor, rtol=0, atol=tensor.abs().max().item() / 254 + 1e-6), name


def test_variants_that_are_not_in_the_page_say_why(fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    models = {"large": fitted("gpt"), "small": fitted("count"), "other": fitted("mlp")}
    monkeypatch.setattr(module, "MOST_CHARACTERS", 4_000)
    monkeypatch.setattr(module, "twins", lambda: {name: path for name, path in twins().items() if name != "mlp"})
    found = {entry["variant"]: entry for entry in embedded(models, PARAMS.sample)["variants"]}
    assert list(found) == ["large", "small", "other"], "the order of the models"
    assert found["large"]["missing"] == "it is too large for this page"
    assert found["other"]["missing"] == "its model has no JavaScript twin"
    assert "weights" in found["small"]


def test_members_of_an_ensemble_are_in_the_page_once(fitted: Fitted) -> None:
    def both(**others: str) -> dict[str, Any]:
        models = {"both": fitted("ensemble"), **{name: fitted(model) for name, model in others.items()}}
        return next(entry for entry in embedded(models, PARAMS.sample)["variants"] if entry["variant"] == "both")

    found = both(ngram="ngram", gpt="gpt")
    assert (found["members"], list(found["weights"])) == (["ngram", "gpt"], ["weights"])
    assert both(ngram="ngram")["missing"] == "gpt, one of its members, is not here"
    changed = {"both": fitted("ensemble"), "ngram": fitted("ngram"), "gpt": fitted("gpt", seed=2)}
    (entry, *_) = embedded(changed, PARAMS.sample)["variants"]
    assert entry["missing"] == "gpt, one of its members, has been trained again"
