"""Temperature scaling: a trained model's logits are divided by one number, the one with which it is best on dev.

A model that has learned some names by heart is too sure of itself on all others: training makes logits larger for as
long as that lowers the loss on train. A temperature above 1 takes that back, and moves no symbol before another. It
goes into the weights of the head, so that nothing else has to know of it.

This is not training: one number for thousands of symbols has nothing to learn by heart, and dev chose the weights, too.
Source: Guo et al., "On Calibration of Modern Neural Networks" (2017), https://arxiv.org/abs/1706.04599.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from makemore.corpus import PAD, inputs_and_targets
from makemore.evaluation import pieces
from makemore.models import Model

TEMPERATURES = [percent / 100 for percent in range(50, 202, 2)]


@torch.no_grad()
def calibrate(model: Model, rows: Tensor) -> float:
    """Scales the logits of `model`, and returns the temperature.

    rows: int64 (names, longest + 2), the dev split, see `corpus.encode_rows`
    """
    nll = torch.zeros(len(TEMPERATURES), dtype=torch.float64)
    for some in pieces(rows, model):
        inputs, targets = inputs_and_targets(some)
        logits, targets = model(inputs)[targets != PAD].double(), targets[targets != PAD]  # (M, V), (M)
        nll += torch.stack([F.cross_entropy(logits / each, targets, reduction="sum") for each in TEMPERATURES])
    best = TEMPERATURES[int(nll.argmin())]
    model.scale_logits(1 / best)
    return best
