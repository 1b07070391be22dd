"""The causal average, in three equivalent forms."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from makemore.models import bow
from tests.unit.conftest import Fitted


def by_loop(x: Tensor) -> Tensor:
    return torch.stack([x[:, : t + 1].mean(dim=1) for t in range(x.shape[1])], dim=1)


def by_matrix(x: Tensor) -> Tensor:
    weights = torch.tril(torch.ones(x.shape[1], x.shape[1]))
    return weights / weights.sum(dim=1, keepdim=True) @ x


def by_softmax(x: Tensor) -> Tensor:
    """Attention with all scores zero."""
    scores = torch.zeros(x.shape[1], x.shape[1])
    future = torch.tril(torch.ones_like(scores)) == 0
    return scores.masked_fill(future, -torch.inf).softmax(dim=1) @ x


@settings(max_examples=50)
@given(batch=st.integers(1, 4), time=st.integers(1, 30), width=st.integers(1, 8), seed=st.integers(0, 2**31))
def test_three_forms_of_the_running_mean_agree(batch: int, time: int, width: int, seed: int) -> None:
    x = torch.randn(batch, time, width, generator=torch.Generator().manual_seed(seed))
    for form in (by_loop, by_matrix, by_softmax):
        assert torch.allclose(bow.running_mean(x), form(x), atol=5e-6)  # factors have 21 bits in training


def test_logits_follow_the_formula(fitted: Fitted) -> None:
    model = fitted("bow")
    weights = model.state_dict()
    tokens = torch.tensor([0, 3, 1, 4])
    x = weights["token_embedding.weight"][tokens] + weights["position_embedding.weight"][:4]
    x = x + by_loop(x.unsqueeze(0))[0]
    y = torch.nn.functional.gelu(x @ weights["widen.weight"].T + weights["widen.bias"], approximate="tanh")
    x = x + y @ weights["project.weight"].T + weights["project.bias"]
    assert torch.allclose(model(tokens.unsqueeze(0))[0], x @ weights["head.weight"].T, atol=1e-6)
