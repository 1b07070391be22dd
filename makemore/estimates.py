"""Estimates what a variant needs from sizes alone: parameters, memory of a training step, and time.

Models are built and run on one batch on torch's meta device, where tensors have shapes but no memory. Every estimate is
a lower bound, so a variant that is refused here could not have worked: `check` assumes the smallest possible corpus,
and the stage `estimate` uses the real one.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from makemore.core.corpus import Corpus
from makemore.core.device import CPU, device_memory, training_device
from makemore.core.errors import UserError
from makemore.core.memory import machine_memory
from makemore.core.params import Params, SampleParams
from makemore.core.vocabulary import Vocabulary
from makemore.models.base import catalog
from makemore.models.base.catalog import AnyModel
from makemore.models.base.config import Config, TrainingConfig

# Of the weights during training: the weights, the gradient, at least one moment, the best on dev, a checkpoint
COPIES = 5
FLOPS_PER_CORE = 2e11  # more than any core reaches in float32
SECONDS_PER_STEP = 1e-4  # less than the overhead of any optimiser step
LONGEST_TRAINING = 365 * 86_400  # seconds


@dataclass(frozen=True)
class Sizes:
    """The sizes of a corpus: vocabulary, characters in the longest name, names and symbols in train."""

    vocabulary: Vocabulary
    longest: int
    names: int
    symbols: int

    @classmethod
    def of(cls, corpus: Corpus) -> "Sizes":
        """The sizes of `corpus`."""
        train = corpus.rows["train"]
        return cls(corpus.vocabulary, corpus.longest, len(train), train.symbols)


SMALLEST = Sizes(Vocabulary((".", "a")), longest=1, names=1, symbols=2)  # no corpus is smaller


@dataclass(frozen=True)
class Estimate:
    """What a variant needs: values stored in the model, bytes of memory to fit it, and seconds."""

    parameters: int
    memory: int
    seconds: float


def check_variants(params: Params, sizes: Sizes) -> None:
    """Raises UserError, with one line for each variant that needs more than this machine has."""
    problems = list(_sampling_problems(params.sample, len(sizes.vocabulary)))
    device = training_device(params.compute)
    for variant, values in params.variants.items():
        try:
            config = catalog.parse_config(variant, values)
            _check_fits(estimate(config, sizes), device if isinstance(config, TrainingConfig) else CPU)
        except UserError as error:
            where = f"params.yaml: variants.{variant}"
            problems += [line if line.startswith(where) else f"{where}: {line}" for line in str(error).splitlines()]
    if problems:
        raise UserError("\n".join(problems))


def estimate(config: Config, sizes: Sizes) -> Estimate:
    """What fitting the model of `config` to a corpus of these sizes needs.

    Raises UserError if the model does not allow such a corpus.
    """
    if not isinstance(config, TrainingConfig):  # these models limit the size of their tables themselves
        model = catalog.build(config, sizes.vocabulary, sizes.longest)
        return Estimate(model.n_params, _bytes(model) + model.fit_memory(sizes.symbols), 0.0)
    with torch.device("meta"), _WithoutInitialisation():
        model = catalog.build(config, sizes.vocabulary, sizes.longest)
        batch = (min(config.batch_size, sizes.names), sizes.longest + 1)
        memory = COPIES * _bytes(model)
        if memory < machine_memory():  # otherwise it is refused anyway
            memory += _activations(model, torch.zeros(batch, dtype=torch.int64))
    weights = sum(module.weight.numel() for module in model.modules() if isinstance(module, nn.Linear))
    flops = 6 * weights * batch[0] * batch[1]  # a multiplication and an addition; once forward, twice backward
    step = SECONDS_PER_STEP + flops / FLOPS_PER_CORE / (os.cpu_count() or 1)
    return Estimate(model.n_params, memory, config.steps * step)


def _check_fits(needed: Estimate, device: torch.device) -> None:
    memory, where = device_memory(device), "this machine" if device == CPU else "its GPU"
    if needed.memory > memory:
        raise UserError(
            f"training {needed.parameters:,} parameters needs at least {_gigabytes(needed.memory)} of memory, "
            f"but {where} has {_gigabytes(memory)}; make the model or its batches smaller"
        )
    if needed.seconds > LONGEST_TRAINING and device == CPU:
        raise UserError(
            f"training {needed.parameters:,} parameters takes at least {needed.seconds / 86_400:,.0f} days "
            f"on the {os.cpu_count()} cores of this machine; lower steps, or make the model or its batches smaller"
        )


def _sampling_problems(sample: SampleParams, vocab_size: int) -> list[str]:
    # float32 logits, probabilities, and the probabilities of each name
    needed, memory = 3 * 4 * min(sample.batch_size, sample.names) * vocab_size, machine_memory()
    if needed <= memory:
        return []
    return [
        f"params.yaml: sample.batch_size: {sample.batch_size:,} names in one batch need at least "
        f"{_gigabytes(needed)} of memory, but this machine has {_gigabytes(memory)}; lower it"
    ]


def _bytes(model: AnyModel) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in model.state_dict().values())


def _activations(model: AnyModel, tokens: Tensor) -> int:
    """The bytes that the backward pass of a training step on `tokens` (B, T) needs from the forward pass."""
    saved: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        if not isinstance(tensor, nn.Parameter):
            saved[id(tensor)] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        F.cross_entropy(model.train()(tokens).flatten(0, 1), tokens.flatten())
    return sum(tensor.numel() * tensor.element_size() for tensor in saved.values())


class _WithoutInitialisation(TorchFunctionMode):
    """Skips random initial weights: shapes are enough, and on the meta device torch would import sympy for them."""

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return args[0] if func is Tensor.normal_ else func(*args, **(kwargs or {}))


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:,.1f} GB"
