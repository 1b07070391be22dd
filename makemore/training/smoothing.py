"""Smoothed targets: a network learns what counting says, and not only what came next.

After a long prefix, train has one or two names, and a network that learns them by heart says that nothing else can
follow. An n-gram model knows better: it has seen the end of the prefix elsewhere, too. With a share s of its targets
from such a model, a network overfits less:

    targets = (1 - s) N(symbol after prefix) + s N(prefix) P_ngram(symbol after prefix)        N counts names of a batch

The n-gram model (models/ngram.py) counts train alone. What it says in each context is computed before training, and a
step only looks it up. If there are too many contexts, each step computes those of its batch.

Source: Malagutti et al., "The Role of n-gram Smoothing in the Age of Neural Networks" (NAACL 2024),
https://arxiv.org/abs/2403.17240: any smoothing of counts is a regulariser of networks; label smoothing is the simplest.
"""

import torch
from torch import Tensor

from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import inputs_and_targets
from makemore.models import ngram
from makemore.models.base.model import Taught, Teacher, nobody

ORDER = 6  # of the n-gram model
LARGEST_TABLE = 2**22  # probabilities: 16 MB


def smoother(corpus: Corpus, share: float) -> Teacher:
    """A teacher with this share of the targets: an n-gram model of train."""
    if share == 0:
        return nobody
    counted = ngram.Model(ngram.Config(model="ngram", order=ORDER), corpus.vocabulary, corpus.longest)
    counted.fit(corpus)
    contexts = torch.arange(len(counted.contexts))
    is_small = len(contexts) * len(corpus.vocabulary) <= LARGEST_TABLE
    table = counted.after(contexts).float() if is_small else None  # (contexts, V)

    def say(rows: Tensor) -> Taught:
        inputs, _ = inputs_and_targets(rows)
        context = counted.context_of(inputs)  # (names, time)
        if table is not None:
            return Taught(table[context], share)
        return Taught(ngram.once_each(context, lambda distinct: counted.after(distinct).float()), share)

    return say
