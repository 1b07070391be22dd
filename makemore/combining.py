"""Makes an ensemble (models/ensemble.py) of trained models."""

from collections.abc import Mapping

import torch

from makemore.core.curve import Point
from makemore.core.errors import UserError
from makemore.corpus.corpus import Corpus
from makemore.evaluation import likelihood
from makemore.evaluation.losses import evaluated
from makemore.models import ensemble
from makemore.models.base.catalog import AnyModel


def combined(config: ensemble.Config, members: Mapping[str, AnyModel], corpus: Corpus) -> tuple[AnyModel, list[Point]]:
    """The ensemble that `config` describes, of trained `members`, and the one point of its curve.

    Its weights are fitted to dev, and train is only measured, on as many names.

    Raises UserError if a member is not the model that `config` says.
    """
    for name, member in members.items():
        if member.config.model_dump() != config.members[name]:
            raise UserError(f"{name} was trained with other parameters; `dvc repro` trains it again")
    model, dev = ensemble.Model(config, corpus.vocabulary, corpus.longest), corpus.names["dev"]
    model.adopt(list(members.values()))
    if config.weights == "fitted":
        nll = [torch.cat([batch.nll for batch in evaluated(member, dev)]) for member in members.values()]
        model.fit_weights(torch.stack(nll))
    train_nll, dev_nll = (likelihood(model, names).mean() for names in (corpus.names["train"].some(len(dev)), dev))
    return model.eval(), [Point(step=0, train_nll=train_nll, dev_nll=dev_nll, lr=0.0)]
