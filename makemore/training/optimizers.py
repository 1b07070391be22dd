"""Which optimiser trains which parameter.

Source: Loshchilov & Hutter, "Decoupled Weight Decay Regularization" (AdamW, 2019); for Muon see muon.py.
"""

import torch

from makemore.models.base.catalog import AnyModel
from makemore.models.base.config import TrainingConfig
from makemore.training.muon import Muon
from makemore.training.uncompiled import AdamW

MUON_MOMENTUM = 0.9  # 0.95, the usual value, is better for longer training


def make_optimizers(model: AnyModel, config: TrainingConfig) -> list[torch.optim.Optimizer]:
    """AdamW, and for `optimizer: muon` also Muon for the hidden matrices: all but embeddings and the head.

    Embeddings and heads are recognised by "embedding" and "head" in the names of their parameters.

    Weight decay applies to matrices, not to biases and the gains of norms.
    """
    hidden, matrices, vectors = [], [], []
    for name, parameter in model.named_parameters():
        if parameter.dim() < 2:
            vectors.append(parameter)
        elif config.optimizer == "muon" and parameter.dim() == 2 and "embedding" not in name and "head" not in name:
            hidden.append(parameter)
        else:
            matrices.append(parameter)
    groups = [{"params": matrices, "weight_decay": config.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    adamw = AdamW(groups, lr=config.lr, betas=(0.9, 0.95), fused=True)
    return [adamw, Muon(hidden, config.lr, config.weight_decay, momentum=MUON_MOMENTUM)] if hidden else [adamw]
