"""Finds a model by its name, builds it, saves it and loads it.

Model modules are imported by name, when they are needed: a stage that loads one model neither imports nor depends on
the others.
"""

import importlib
import pkgutil
from pathlib import Path
from typing import Any, TypeAlias, cast

import safetensors.torch

from makemore import models
from makemore.core.errors import UserError, shown
from makemore.core.files import read_bytes, read_json, write_bytes, write_json
from makemore.core.layout import CONFIG_FILE, WEIGHTS_FILE
from makemore.core.params import parse_section
from makemore.core.vocabulary import Vocabulary
from makemore.models.base.config import Config
from makemore.models.base.model import Model

AnyModel: TypeAlias = Model[Any]


def names() -> list[str]:
    """The names of all models: the files in the folder makemore/models."""
    return sorted(module.name for module in pkgutil.iter_modules(models.__path__) if not module.ispkg)


def parse_config(variant: str, values: dict[str, Any]) -> Config:
    """The Config of a variant, validated by its model.

    Raises UserError for an unknown model and for every key or value that the model does not allow.
    """
    where, name = f"params.yaml: variants.{variant}", values.get("model")
    if name not in names():
        raise UserError(f"{where}.model: there is no model {shown(name)}; the models are {', '.join(names())}")
    return parse_section(cast(type[Config], _module(name).Config), values, where)


def build(config: Config, vocabulary: Vocabulary, longest: int) -> AnyModel:
    """A new model. Its initial weights are drawn from torch's global generator.

    longest: the number of characters of the longest name in the corpus
    """
    return cast(AnyModel, _module(config.model).Model(config, vocabulary, longest))


def save(model: AnyModel, folder: Path) -> None:
    """Writes weights.safetensors and config.json to `folder`; `load` needs nothing else."""
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    write_bytes(folder / WEIGHTS_FILE, safetensors.torch.save(weights))
    config = {
        "config": model.config.model_dump(),
        "vocabulary": list(model.vocabulary.symbols),
        "longest": model.longest,
    }
    write_json(folder / CONFIG_FILE, config)


def load(folder: Path) -> AnyModel:
    """The model that `save` wrote to `folder`, ready for evaluation.

    Raises UserError if there is none.
    """
    saved = read_json(folder / CONFIG_FILE)
    config = parse_config(folder.name, saved["config"])
    model = build(config, Vocabulary(tuple(saved["vocabulary"])), saved["longest"])
    model.load_state_dict(safetensors.torch.load(read_bytes(folder / WEIGHTS_FILE)))
    return model.eval()


def _module(name: str) -> Any:
    return importlib.import_module(f"{models.__name__}.{name}")
