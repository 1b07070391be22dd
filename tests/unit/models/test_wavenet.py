"""Dilated causal convolutions, compared with a loop over positions and taps; and the size of the receptive field."""

import pytest
import torch
from torch import Tensor

from makemore.corpus.corpus import Corpus
from makemore.models import wavenet
from tests.conftest import CONFIGS
from tests.unit.conftest import Fitted


def build(fitted: Fitted, **changes: object) -> wavenet.Model:
    """A model that took a few steps, so that its head is no longer zero."""
    model = fitted("wavenet", steps=5, **changes)
    assert isinstance(model, wavenet.Model)
    assert model.head.weight.abs().max() > 0
    return model


@pytest.mark.parametrize(("n_layer", "kernel_size"), [(1, 2), (2, 2), (3, 2), (2, 3), (1, 5)])
def test_logits_follow_the_formulas(fitted: Fitted, n_layer: int, kernel_size: int) -> None:
    """Position by position and tap by tap; the past is computed by recursion."""
    model = build(fitted, n_layer=n_layer, kernel_size=kernel_size)
    weights, width = model.state_dict(), CONFIGS["wavenet"]["n_embd"]
    tokens = [0, 3, 1, 4, 1, 5]

    def layer(i: int, t: int) -> tuple[Tensor, Tensor]:
        """The residual output and the skip of layer i at position t."""
        name = f"layers.{i}"
        both = weights[f"{name}.filter_and_gate.bias"].clone()
        for tap in range(kernel_size):  # the oldest position first
            before = x(i, t - (kernel_size - 1 - tap) * kernel_size**i)
            both += weights[f"{name}.filter_and_gate.weight"][:, tap * width : (tap + 1) * width] @ before
        z = torch.tanh(both[:width]) * torch.sigmoid(both[width:])
        out = weights[f"{name}.residual_and_skip.weight"] @ z + weights[f"{name}.residual_and_skip.bias"]
        return x(i, t) + out[:width], out[width:]

    def x(i: int, t: int) -> Tensor:
        """The input of layer i at position t."""
        return layer(i - 1, t)[0] if i else weights["token_embedding.weight"][tokens[t] if t >= 0 else 0]

    found = model(torch.tensor([tokens]))[0]
    for t in range(len(tokens)):
        skips = torch.stack([layer(i, t)[1] for i in range(n_layer)]).sum(dim=0)
        y = torch.relu(weights["mix.weight"] @ torch.relu(skips) + weights["mix.bias"])
        assert torch.allclose(found[t], weights["head.weight"] @ y, atol=1e-5)


@pytest.mark.parametrize(("n_layer", "kernel_size", "reach"), [(1, 2, 2), (2, 2, 4), (3, 2, 8), (2, 3, 9), (1, 4, 4)])
def test_receptive_field_is_kernel_size_to_the_power_of_layers(
    fitted: Fitted, corpus: Corpus, n_layer: int, kernel_size: int, reach: int
) -> None:
    """The gradient of the last logits reaches each of the last `reach` symbols, and none before them."""
    model = build(fitted, n_layer=n_layer, kernel_size=kernel_size)
    assert model.block_size == reach
    embedded: list[Tensor] = []

    def keep(module: torch.nn.Module, inputs: object, output: Tensor) -> None:
        output.retain_grad()
        embedded.append(output)

    model.token_embedding.register_forward_hook(keep)
    model(torch.randint(len(corpus.vocabulary), (1, 12)))[0, -1].square().sum().backward()
    assert embedded[0].grad is not None
    matters = embedded[0].grad[0].abs().sum(dim=1) > 0  # (block_size - 1 + 12): end markers, then the name
    assert matters.tolist() == [False] * 11 + [True] * reach
