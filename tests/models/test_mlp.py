"""The perceptron: against its formula, one position at a time."""

import torch

from makemore import models
from makemore.corpus import Corpus
from makemore.training import train
from tests.conftest import CONFIGS


def test_logits_are_the_formula(corpus: Corpus) -> None:
    """logits = U tanh(H [C(w_1), C(w_2), C(w_3)] + d) + b; in front of the name stand end markers."""
    model, _ = train(models.parse_config("mlp", CONFIGS["mlp"]), corpus, "mlp")
    weights = model.state_dict()
    tokens = [0, 3, 1, 4, 1, 5]
    logits = model(torch.tensor([tokens]))[0]
    for t in range(len(tokens)):
        window = [0, 0, *tokens][t : t + 3]
        x = torch.cat([weights["token_embedding.weight"][w] for w in window])
        h = torch.tanh(weights["hidden.weight"] @ x + weights["hidden.bias"])
        assert torch.allclose(logits[t], weights["head.weight"] @ h + weights["head.bias"], atol=1e-6)


def test_the_window_is_all_it_sees(corpus: Corpus) -> None:
    model, _ = train(models.parse_config("mlp", CONFIGS["mlp"]), corpus, "mlp")
    whole = model(torch.tensor([[0, 3, 1, 4, 1, 5]]))[0, -1]
    assert torch.allclose(model(torch.tensor([[4, 1, 5]]))[0, -1], whole, atol=1e-6)
