"""Fits a model of any kind, also an ensemble, whose members are fitted first."""

from typing import Any

import torch

from makemore.combining import combined
from makemore.core.curve import Point
from makemore.corpus.corpus import Corpus
from makemore.models import ensemble
from makemore.models.base.catalog import AnyModel, parse_config
from makemore.training.fit import fit


def fit_any(name: str, values: dict[str, Any], corpus: Corpus, shards: int = 1) -> tuple[AnyModel, list[Point]]:
    """The fitted model and its curve, also in a test without gradients."""
    config = parse_config(name, values)
    if isinstance(config, ensemble.Config):
        members = {member: fit_any(member, own, corpus)[0] for member, own in config.members.items()}
        return combined(config, members, corpus)
    with torch.enable_grad():
        return fit(config, corpus, name, shards=shards)
