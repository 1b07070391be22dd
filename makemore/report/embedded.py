"""The variants inside the page: their weights as text, and the JavaScript that runs them.

A twin (twins/) is a short function that computes the same bits as its model. All numbers are stored exactly: weights as
float16, to which training rounds them, and counts that are mostly zeros as the others alone. The members of an ensemble
are variants of the page, so their weights are in it once. Only if the best variant would be too large, as it may be
with thousands of characters, its weights have 8 bits; the page says so.
"""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from makemore.core.params import SampleParams
from makemore.models.base.catalog import AnyModel
from makemore.report.explanations import twins

SCRIPTS = Path(__file__).with_name("scripts")
SPARSE = 8  # times as many zeros as other entries: then only these are stored
FIRST = ("exact.js", "tensor.js")  # what others need when they are read
TOO_LARGE = "it is too large for this page"
MOST_CHARACTERS = 2_700_000  # of all weights as text: the page should stay below 4 MB


def scripts() -> str:
    """All scripts of the page as one. Nothing runs before one of its functions is called."""
    others = [path for path in sorted(SCRIPTS.glob("*.js")) if path.name not in FIRST]
    paths = [*(SCRIPTS / name for name in FIRST), *twins().values(), *others]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def embedded(models: dict[str, AnyModel], sample: SampleParams) -> dict[str, Any]:
    """The variants as JSON, in the order of `models`, which are fitted: what the script needs to run them.

    sample: what is not chosen in the page: where names are cut, and which symbols are too unlikely

    A variant without weights here has the reason in `missing`: its model has no twin, or the page would be too large.
    The first of `models`, which is the best, has the room that it needs. Of the others, the smallest ones come first,
    so that a single huge one does not displace them.
    """
    best = next(iter(models))
    config = models[best].config
    first = [name for name in config.members if name in models] if config.model == "ensemble" else [best]
    others = sorted(models.keys() - set(first), key=lambda variant: (models[variant].n_params, variant))
    found: dict[str, dict[str, Any]] = {}
    left = MOST_CHARACTERS
    for variant in [*first, *others]:
        if models[variant].config.model != "ensemble":
            found[variant] = (_best_entry if variant in first else _entry)(variant, models[variant], left)
            left -= _size(found[variant])
    found |= {variant: _ensemble(variant, models, found) for variant in models.keys() - found.keys()}
    any_model = models[best]
    return {
        "symbols": list(any_model.vocabulary.symbols),
        "longest": any_model.longest,
        "sample": sample.model_dump(include={"max_length", "top_k", "top_p"}),
        "variants": [found[variant] for variant in models],
    }


def _entry(variant: str, model: AnyModel, left: int) -> dict[str, Any]:
    """A variant as JSON; its weights may take `left` characters."""
    entry: dict[str, Any] = {"variant": variant, "model": model.config.model}
    if entry["model"] not in twins():
        return entry | {"missing": "its model has no JavaScript twin"}
    if model.n_params > left:  # a lower bound: more than one character for each value
        return entry | {"missing": TOO_LARGE}
    whole = entry | {"config": model.config.model_dump(), "weights": encoded_weights(model)}
    return whole if _size(whole) <= left else entry | {"missing": TOO_LARGE}


def _best_entry(variant: str, model: AnyModel, left: int) -> dict[str, Any]:
    """The best variant, or one of its members, with 8-bit weights if that is what makes it fit."""
    exact = _entry(variant, model, left)
    if exact.get("missing") != TOO_LARGE or model.n_params > left:
        return exact
    weights = {name: _in_eight_bits(tensor) for name, tensor in model.state_dict().items()}
    rounded = {"variant": variant, "model": model.config.model, "config": model.config.model_dump(), "weights": weights}
    return rounded | {"rounded": True} if _size(rounded) <= left else exact


def _ensemble(variant: str, models: dict[str, AnyModel], found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """An ensemble as JSON: the weights of its members are those of `found`, the other variants of the page."""
    model = models[variant]
    entry = {"variant": variant, "model": model.config.model}
    for name, member in zip(model.config.members, model.get_submodule("members").children(), strict=True):
        if "weights" not in found.get(name, {}):
            return entry | {"missing": f"{name}, one of its members, is not here"}
        stored = models[name].state_dict()
        if any(not torch.equal(tensor, stored[key]) for key, tensor in member.state_dict().items()):
            return entry | {"missing": f"{name}, one of its members, has been trained again"}
    members = [*model.config.members]
    entry |= {"rounded": True} if any("rounded" in found[name] for name in members) else {}
    mixture = {"weights": _encoded(model.get_buffer("weights"))}
    return entry | {"config": model.config.model_dump(), "members": members, "weights": mixture}


def _size(entry: dict[str, Any]) -> int:
    """The number of characters of all weights of a variant."""
    tensors = entry.get("weights", {}).values()
    return sum(len(text) for tensor in tensors for text in tensor.values() if isinstance(text, str))


def encoded_weights(model: AnyModel) -> dict[str, dict[str, Any]]:
    """Every tensor of a model as text: base64 of little-endian numbers of the smallest type that has them exactly.

    at: of a tensor that is mostly zeros, the places of the entries in `data`
    """
    return {name: _encoded(tensor) for name, tensor in model.state_dict().items()}


def _encoded(tensor: Tensor) -> dict[str, Any]:
    values = tensor.numpy()
    kinds = ("f2", "f4") if tensor.is_floating_point() else ("i1", "i2", "i4")
    with np.errstate(over="ignore", invalid="ignore"):
        kind = next((kind for kind in kinds if np.array_equal(values.astype(kind), values)), "f8")
    found = {"shape": list(tensor.shape), "kind": kind}
    places = np.flatnonzero(values)
    if not tensor.is_floating_point() and len(places) * SPARSE < values.size < 2**31:
        return found | {"at": _text(places, "i4"), "data": _text(values.ravel()[places], kind)}
    return found | {"data": _text(values, kind)}


def _in_eight_bits(tensor: Tensor) -> dict[str, Any]:
    """A matrix with a scale for each row, in which its largest number is 127; anything else as it is."""
    if not tensor.is_floating_point() or tensor.dim() != 2:
        return _encoded(tensor)
    values = tensor.numpy()
    scale = np.maximum(np.abs(values).max(axis=1), np.finfo("f4").tiny) / 127
    rounded = np.rint(values / scale[:, None])
    return {"shape": list(tensor.shape), "kind": "i1", "data": _text(rounded, "i1"), "scale": _text(scale, "f4")}


def _text(values: NDArray[Any], kind: str) -> str:
    return base64.b64encode(values.astype(f"<{kind}").tobytes()).decode()
