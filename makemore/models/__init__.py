"""What a model is, and how one is made, saved and loaded.

Every model is an `nn.Module` that turns tokens into logits: `forward(tokens)` takes int64 (batch, time) and returns
float32 (batch, time, vocab_size), and the logits at a position depend on the tokens up to it alone. That is all that
evaluation, sampling and serving know of a model. How it comes by its weights is its own affair: it has a method `fit`,
or its Config is a `TrainingConfig` and the gradient loop in training.py fits it.

One file of this package is one model: its `Config` (what it may be told in params.yaml) and its `Model`. The name of
the file is what `model:` says in params.yaml. Nothing lists the models: a new file is a new model.
"""

import importlib
import pkgutil
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import safetensors.torch
import torch
import torch.nn.functional as F
from pydantic import Field, ValidationInfo, field_validator
from torch import Tensor, nn

from makemore.corpus import PAD, Corpus, Vocabulary, inputs_and_targets
from makemore.errors import UserError
from makemore.files import read_bytes, read_json, write_bytes, write_json
from makemore.params import Section, parse_section


class Config(Section):
    """What every variant says: the name of its model."""

    model: str


class TrainingConfig(Config):
    """The knobs of the gradient loop; the Config of a model that is trained by it adds the model's own."""

    steps: int = Field(ge=1)
    optimizer: Literal["adamw", "muon"]  # of the hidden matrices; all else is AdamW's
    batch_size: int = Field(ge=1)
    lr: float = Field(gt=0)
    warmup_steps: int = Field(ge=0)  # at most steps, or lr would never get to its peak
    weight_decay: float = Field(ge=0)
    eval_every: int = Field(ge=1)
    seed: int = Field(ge=0, lt=2**31)  # with a step number behind it, it must fit into 64 bits

    @field_validator("warmup_steps")
    @classmethod
    def _ends_before_the_training(cls, warmup_steps: int, info: ValidationInfo) -> int:
        if warmup_steps > info.data.get("steps", warmup_steps):
            raise ValueError(f"must be at most steps ({info.data['steps']})")
        return warmup_steps


class Point(NamedTuple):
    """One point of a training curve; the losses in nats per symbol."""

    step: int
    train_nll: float
    dev_nll: float
    lr: float


class Model(nn.Module):
    """Base of all models.

    longest: the number of characters of the longest name in the corpus
    block_size: how many past symbols a prediction depends on. Up to `longest` it is a window: what would stand before a
        name are end markers. Beyond, the model reads whole names; one with position embeddings refuses longer input
    """

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int, block_size: int) -> None:
        super().__init__()
        self.config = config
        self.vocabulary = vocabulary
        self.longest = longest
        self.block_size = block_size

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (batch, time, vocab_size) of the symbol that follows each of `tokens` (batch, time)."""
        raise NotImplementedError

    def advance(self, tokens: Tensor, memory: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Logits (batch, vocab_size) of what follows `tokens` (batch, new), and what to remember of them.

        `memory` is what it returned for the tokens before, and empty at the start; from then on tokens come one at a
        time. The first dimension of every tensor in it is the batch: a name that has ended is dropped by indexing it.
        Here the memory is the last block_size tokens, and everything is computed anew; a model that can do better does.
        """
        seen = torch.cat([*memory, tokens], dim=1)[:, -max(1, self.block_size) :]  # (B, T)
        return self(seen)[:, -1], [seen]

    def loss(self, rows: Tensor) -> Tensor:
        """Mean NLL of the symbols in `rows` (see `corpus.encode_rows`), in nats: the quantity that training lowers."""
        inputs, targets = inputs_and_targets(rows)
        return F.cross_entropy(self(inputs).flatten(0, 1), targets.flatten(), ignore_index=PAD)

    def fit(self, corpus: Corpus) -> list[Point]:
        """Sets the weights from `corpus` and returns the training curve; empty where there is none to show.

        Models trained by the gradient loop do not have it.
        """
        raise NotImplementedError

    @torch.no_grad()
    def scale_logits(self, factor: float) -> None:
        """Multiplies all logits by `factor`, for good; for a model whose last step is a linear layer, `head`."""
        for parameter in self.get_submodule("head").parameters():
            parameter.mul_(factor)

    @property
    def n_params(self) -> int:
        """How many numbers the model holds; for a model that counts, all that its tables store."""
        return sum(tensor.numel() for tensor in self.state_dict().values())


def check_finite(loss: float, step: int) -> None:
    """Raises UserError where `loss` is NaN or infinite: from there on training computes nonsense."""
    if not torch.isfinite(torch.tensor(loss)):
        raise UserError(f"the loss became {loss} at step {step}; lower lr, or give it more warm-up")


def names() -> list[str]:
    """The models there are: the files of this package."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def parse_config(variant: str, values: dict[str, Any]) -> Config:
    """The Config of a variant, checked by its model.

    Raises UserError for an unknown model and for every key that the model does not allow.
    """
    where, name = f"params.yaml: variants.{variant}", values.get("model")
    if name not in names():
        raise UserError(f"{where}.model: there is no model {name!r}; the models are {', '.join(names())}")
    module = importlib.import_module(f"{__name__}.{name}")
    return parse_section(cast(type[Config], module.Config), values, where)


def build(config: Config, vocabulary: Vocabulary, longest: int) -> Model:
    """A fresh model, its random weights drawn from torch's global generator.

    `longest` is the number of characters of the longest name it will see.
    """
    module = importlib.import_module(f"{__name__}.{config.model}")
    return cast(Model, module.Model(config, vocabulary, longest))


def save(model: Model, folder: Path) -> None:
    """Writes weights.safetensors and config.json to `folder`; together they are the whole model."""
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    write_bytes(folder / "weights.safetensors", safetensors.torch.save(weights))
    config = {
        "config": model.config.model_dump(),
        "vocabulary": list(model.vocabulary.symbols),
        "longest": model.longest,
    }
    write_json(folder / "config.json", config)


def load(folder: Path) -> Model:
    """The model that `save` wrote to `folder`, ready for evaluation.

    Raises UserError where there is none.
    """
    saved = read_json(folder / "config.json")
    config = parse_config(folder.name, saved["config"])
    model = build(config, Vocabulary(tuple(saved["vocabulary"])), saved["longest"])
    model.load_state_dict(safetensors.torch.load(read_bytes(folder / "weights.safetensors")))
    return model.eval()
