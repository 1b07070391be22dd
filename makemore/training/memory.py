"""Refuses a model that does not fit into this machine's memory, before any of it is allocated."""

import torch

from makemore.core.device import CPU, device_memory
from makemore.core.errors import UserError
from makemore.corpus.vocabulary import Vocabulary
from makemore.models.base import catalog
from makemore.models.base.config import Config, TrainingConfig

# Of the weights during training: the weights, the gradient, at least one moment, the best on dev, a checkpoint
COPIES = 5


def check_fits(config: Config, vocabulary: Vocabulary, longest: int, device: torch.device = CPU) -> None:
    """Raises UserError if a model of these sizes cannot be trained on `device`, or does not allow such a corpus.

    Only weights are counted. If activations do not fit, the first step says so (core/memory.py).
    """
    if not isinstance(config, TrainingConfig):  # these models limit the size of their tables themselves
        catalog.build(config, vocabulary, longest)
        return
    with torch.device("meta"):  # tensors with a shape, but without memory
        model = catalog.build(config, vocabulary, longest)
    size = sum(tensor.numel() * tensor.element_size() for tensor in model.state_dict().values())
    needed, memory = COPIES * size, device_memory(device)
    if needed > memory:
        where = "this machine" if device == CPU else "its GPU"
        raise UserError(
            f"training {model.n_params:,} parameters needs at least {needed / 1e9:,.1f} GB of memory, but {where} has "
            f"{memory / 1e9:,.1f} GB; make the model smaller"
        )
