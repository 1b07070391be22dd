"""Temperature scaling: divides a trained model's logits by the one number that minimises the NLL on dev.

A model that has memorised some names is overconfident about all others: training keeps enlarging its logits as long as
this lowers the loss on train. A temperature above 1 undoes this without changing the ranking of the symbols. It is
folded into the weights of the head, so no other code has to know about it.

One number fitted to thousands of symbols cannot overfit dev noticeably; the weights were selected on dev as well.

Source: Guo et al., "On Calibration of Modern Neural Networks" (2017), https://arxiv.org/abs/1706.04599.
"""

import torch
from torch import Tensor

from makemore.arithmetic import functional as F
from makemore.arithmetic.grids import NLL_STEP
from makemore.corpus.split_names import SplitNames
from makemore.corpus.tokens import PAD, inputs_and_targets
from makemore.evaluation import small_batches
from makemore.models.base.catalog import AnyModel

SYMBOLS_PER_CALL = 2**10  # large tensors, allocated 76 times, would fragment the memory and take gigabytes
TEMPERATURES = [percent / 100 for percent in range(50, 202, 2)]


@torch.no_grad()
def calibrate(model: AnyModel, dev: SplitNames) -> float:
    """Divides the logits of `model` by the best temperature on `dev`, and returns it."""
    nll = torch.zeros(len(TEMPERATURES), dtype=torch.int64)  # in steps
    for rows in (rows for batch in dev.batches() for rows in small_batches(batch, model)):
        inputs, targets = inputs_and_targets(rows.to(model.device))
        logits, targets = model(inputs)[targets != PAD].double(), targets[targets != PAD]  # (M, V), (M)
        for some, of_some in zip(logits.split(SYMBOLS_PER_CALL), targets.split(SYMBOLS_PER_CALL), strict=True):
            # By a tensor: torch does not divide by a number on CUDA, but multiplies by its reciprocal.
            nll += torch.stack([_nll(some / some.new_tensor(t), of_some) for t in TEMPERATURES]).cpu()
    best = TEMPERATURES[int(nll.argmin())]
    model.scale_logits(1 / best)
    return best


def _nll(logits: Tensor, targets: Tensor) -> Tensor:
    """The NLL of `targets` (M) under logits (M, V), in whole steps, so that sums are exact: int64."""
    nll = F.log_softmax(logits).gather(-1, targets.unsqueeze(-1)).neg_()
    return (nll / NLL_STEP).round_().long().sum()
