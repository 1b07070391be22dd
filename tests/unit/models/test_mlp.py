"""The perceptron, compared with its formula, one position at a time."""

import torch

from tests.unit.conftest import Fitted


def test_logits_follow_the_formula(fitted: Fitted) -> None:
    """logits = U tanh(H [C(w_1), C(w_2), C(w_3)] + d) + b, with end markers before the start of the name."""
    model = fitted("mlp")
    weights = model.state_dict()
    tokens = [0, 3, 1, 4, 1, 5]
    logits = model(torch.tensor([tokens]))[0]
    for t in range(len(tokens)):
        window = [0, 0, *tokens][t : t + 3]
        x = torch.cat([weights["token_embedding.weight"][w] for w in window])
        h = torch.tanh(weights["hidden.weight"] @ x + weights["hidden.bias"])
        assert torch.allclose(logits[t], weights["head.weight"] @ h + weights["head.bias"], atol=1e-6)
