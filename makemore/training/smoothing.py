"""Smoothed targets: a network learns what counting says, and not only what came next.

After a long prefix, train has one or two names, and a network that learns them by heart says that nothing else can
follow. An n-gram model knows better: it has seen the end of the prefix elsewhere, too. With a share s of its targets
from such a model, a network overfits less:

    targets = (1 - s) N(symbol after prefix) + s N(prefix) P_ngram(symbol after prefix)        N counts names of a batch

The n-gram model (models/ngram.py) is counted on train alone, before training, and so are its answers to all contexts in
train: a step only looks them up.

Source: Malagutti et al., "The Role of n-gram Smoothing in the Age of Neural Networks" (NAACL 2024),
https://arxiv.org/abs/2403.17240: any smoothing of counts is a regulariser of networks; label smoothing is the simplest.
"""

import torch
from torch import Tensor

from makemore.core.errors import UserError
from makemore.core.memory import machine_memory
from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import inputs_and_targets
from makemore.models import ngram
from makemore.models.base.model import Taught, Teacher, nobody

ORDER = 6  # of the n-gram model


def smoother(corpus: Corpus, share: float) -> Teacher:
    """A teacher whose part of the targets is `share`: an n-gram model of train.

    Raises UserError if its answers do not fit into memory.
    """
    if share == 0:
        return nobody
    counted = ngram.Model(ngram.Config(model="ngram", order=ORDER), corpus.vocabulary, corpus.longest)
    counted.fit(corpus)
    contexts = torch.arange(len(counted.contexts))
    size = len(contexts) * len(corpus.vocabulary) * torch.float64.itemsize
    if size > machine_memory() / 4:
        raise UserError(
            f"smoothing: what follows {len(contexts):,} contexts takes {size / 1e9:,.1f} GB, and this machine has "
            f"{machine_memory() / 1e9:,.1f} GB; so many names need none: set smoothing to 0"
        )
    answers = counted.after(contexts).float()  # (contexts, V)

    def say(rows: Tensor) -> Taught:
        inputs, _ = inputs_and_targets(rows)
        return Taught(answers[counted.context_of(inputs)], share)

    return say
