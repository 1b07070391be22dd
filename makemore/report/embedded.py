"""The variants inside the page: their weights as text, and the JavaScript that runs them.

A twin (twins/) is a short function with the same mathematics as its model. A matrix is stored as 16-bit integers with a
scale for each row, which is more accurate than float16 at the same size: the step is the largest value of the row /
32,767, while a float16 has 11 significant bits. Small tensors are stored as float32, whole numbers exactly.
"""

import base64
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from makemore.models.base.catalog import AnyModel
from makemore.report.explanations import twins

SCRIPTS = Path(__file__).with_name("scripts")
SMALL = 4096  # values of a tensor that is stored as float32
MOST_CHARACTERS = 2_700_000  # of all weights as text: the page should stay below 4 MB


def scripts() -> str:
    """All scripts of the page as one. Nothing runs before one of its functions is called."""
    others = [path for path in sorted(SCRIPTS.glob("*.js")) if path.name != "tensor.js"]
    paths = [SCRIPTS / "tensor.js", *twins().values(), *others]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def embedded(models: dict[str, AnyModel]) -> dict[str, Any]:
    """The variants as JSON, in the order of `models`, which are fitted: what the script needs to run them.

    A variant without weights here has the reason in `missing`: its model has no twin, or the page would be too large.
    The smallest variants come first, so that a single huge one does not displace the others.
    """
    found: dict[str, dict[str, Any]] = {}
    left = MOST_CHARACTERS
    for variant in sorted(models, key=lambda variant: (models[variant].n_params, variant)):
        found[variant] = _entry(variant, models[variant], left)
        left -= _size(found[variant])
    any_model = next(iter(models.values()))
    return {
        "symbols": list(any_model.vocabulary.symbols),
        "longest": any_model.longest,
        "variants": [found[variant] for variant in models],
    }


def _entry(variant: str, model: AnyModel, left: int) -> dict[str, Any]:
    """A variant as JSON; its weights may take `left` characters."""
    entry: dict[str, Any] = {"variant": variant, "model": model.config.model}
    if entry["model"] not in twins():
        return entry | {"missing": "its model has no JavaScript twin"}
    if 2 * model.n_params > left:  # a lower bound: at least two characters for each value
        return entry | {"missing": "it is too large for this page"}
    whole = entry | {"config": model.config.model_dump(), "weights": encoded_weights(model)}
    return whole if _size(whole) <= left else entry | {"missing": "it is too large for this page"}


def _size(entry: dict[str, Any]) -> int:
    """The number of characters of all weights of a variant."""
    return sum(len(tensor["data"]) + len(tensor.get("steps", "")) for tensor in entry.get("weights", {}).values())


def encoded_weights(model: AnyModel) -> dict[str, dict[str, Any]]:
    """Every tensor of a model as text: base64 of little-endian numbers, see the module's docstring."""
    return {name: _encoded(tensor) for name, tensor in model.state_dict().items()}


def _encoded(tensor: Tensor) -> dict[str, Any]:
    shape = list(tensor.shape)
    if not tensor.is_floating_point():
        largest = tensor.abs().max() if tensor.numel() else 0
        kind = next((kind for kind in ("i1", "i2", "i4") if largest <= np.iinfo(kind).max), "f8")
        return {"shape": shape, "kind": kind, "data": _text(tensor.numpy().astype(f"<{kind}"))}
    values = tensor.double().numpy()
    if tensor.dim() != 2 or tensor.numel() <= SMALL:
        return {"shape": shape, "kind": "f4", "data": _text(values.astype("<f4"))}
    steps = np.abs(values).max(axis=1, keepdims=True).astype("<f4") / np.float32(32_767)  # (rows, 1)
    steps = np.maximum(steps, np.finfo(np.float32).tiny)
    whole = np.rint(values / steps).clip(-32_767, 32_767).astype("<i2")
    return {"shape": shape, "kind": "i2", "data": _text(whole), "steps": _text(steps.astype("<f4"))}


def _text(array: Any) -> str:
    return base64.b64encode(array.tobytes()).decode()
