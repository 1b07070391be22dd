"""Finds a model by its name, builds it, saves it and loads it.

Model modules are imported by name, when they are needed: a stage that loads one model neither imports nor depends on
the others.
"""

import importlib
import pkgutil
from pathlib import Path
from typing import Any, TypeAlias, cast

import safetensors.torch
import torch
from torch import Tensor

from makemore import models
from makemore.core.artifacts import read_artifact, read_tensors, write_artifact
from makemore.core.errors import UserError, did_you_mean, first_line, shown
from makemore.core.files import damaged, write_bytes
from makemore.core.layout import CONFIG_FILE, WEIGHTS_FILE
from makemore.core.members import section_of
from makemore.core.params import parse_section
from makemore.core.results import SavedModel
from makemore.corpus.vocabulary import Vocabulary
from makemore.models.base.config import Config, Teaching, TrainingConfig
from makemore.models.base.model import Model

AnyModel: TypeAlias = Model[Any]


def names() -> list[str]:
    """The names of all models: the files in the folder makemore/models."""
    return sorted(module.name for module in pkgutil.iter_modules(models.__path__) if not module.ispkg)


def parse_config(variant: str, values: dict[str, Any]) -> Config:
    """The Config of a variant, validated by its model; `values` as in `Params.all_variants`.

    Raises UserError for an unknown model and for every key or value that the model does not allow.
    """
    section = section_of(values)
    if section == "students":
        parse_teaching(variant, values)
        return parse_student(variant, values)
    return parse_values(f"params.yaml: {section}.{variant}", values)


def parse_student(student: str, values: dict[str, Any]) -> TrainingConfig:
    """The Config of the model of a student. Raises UserError like `parse_config`, and if the loop cannot train it."""
    where = f"params.yaml: students.{student}"
    config = parse_values(where, {key: value for key, value in values.items() if key not in Teaching.model_fields})
    if not isinstance(config, TrainingConfig):
        raise UserError(
            f"{where}.model: {shown(config.model)} cannot learn from a teacher; choose a model with batches"
        )
    return config


def parse_teaching(student: str, values: dict[str, Any]) -> Teaching:
    """What the student has besides the Config of its model. Raises UserError for values that are not allowed."""
    own = {key: value for key, value in values.items() if key in Teaching.model_fields}
    return parse_section(Teaching, own, f"params.yaml: students.{student}")


def parse_values(where: str, values: dict[str, Any]) -> Config:
    """The Config of `values`, which come from `where`: the prefix of each line of the error.

    Raises UserError like `parse_config`.
    """
    name = values.get("model")
    if name not in names():
        hint = did_you_mean(str(name), names())
        raise UserError(f"{where}.model: there is no model {shown(name)}; {hint}the models are {', '.join(names())}")
    return parse_section(cast(type[Config], _module(name).Config), values, where)


def build(config: Config, vocabulary: Vocabulary, longest: int) -> AnyModel:
    """A new model. Its initial weights come from torch's global generator.

    longest: the number of characters of the longest name in the corpus
    """
    return cast(AnyModel, _module(config.model).Model(config, vocabulary, longest))


def save(model: AnyModel, folder: Path) -> None:
    """Writes weights.safetensors and config.json to `folder`; `load` needs nothing else."""
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    write_bytes(folder / WEIGHTS_FILE, safetensors.torch.save(weights))
    saved = SavedModel(
        config=model.config.model_dump(), vocabulary=list(model.vocabulary.symbols), longest=model.longest
    )
    write_artifact(folder / CONFIG_FILE, saved)


def load(folder: Path, vocabulary: Vocabulary | None = None) -> AnyModel:
    """The model that `save` wrote to `folder`, ready for evaluation.

    vocabulary: the vocabulary of the corpus, which must equal the model's; None if there is no corpus

    Raises UserError if a file is missing or damaged, or if they do not match.
    """
    model = _build_saved(folder / CONFIG_FILE, vocabulary)
    if problem := _load_weights(model, read_tensors(folder / WEIGHTS_FILE)):
        raise damaged(folder / WEIGHTS_FILE, problem)
    return model.eval()


def _build_saved(path: Path, vocabulary: Vocabulary | None) -> AnyModel:
    """The model described by a config.json, without its weights."""
    saved = read_artifact(path, SavedModel)
    own = Vocabulary(tuple(saved.vocabulary))
    if vocabulary is not None and vocabulary != own:
        raise damaged(path, "its vocabulary is not that of the corpus")
    try:
        config = parse_values("config", saved.config)
    except UserError as error:
        raise damaged(path, first_line(error)) from None
    try:
        return build(config, own, saved.longest)
    except (MemoryError, OverflowError, RuntimeError):  # RuntimeError: torch is out of memory
        raise damaged(path, "no model has these sizes") from None


def _load_weights(model: AnyModel, weights: dict[str, Tensor]) -> str:
    """Loads `weights` into `model`. Returns why they cannot be its weights; empty if they can."""
    expected = model.state_dict()
    if weights.keys() != expected.keys():
        return f"its tensors are not those of a {model.config.model} model"
    for name, tensor in weights.items():
        if tensor.dtype != expected[name].dtype:
            return f"{name} is {tensor.dtype} and not {expected[name].dtype}"
        if not torch.isfinite(tensor).all():
            return f"{name} has values that are not finite"
    try:
        model.load_state_dict(weights)
    except RuntimeError:
        return f"its shapes are not those of {CONFIG_FILE}"
    return model.problem()


def _module(name: str) -> Any:
    return importlib.import_module(f"{models.__name__}.{name}")
