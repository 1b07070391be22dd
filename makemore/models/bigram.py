"""Neural bigram: one linear layer on one-hot symbols, the smallest network that can learn the count model's table.

    logits = onehot(current) @ W        W: (vocab_size, vocab_size), so the logits are a row of W
    loss   = mean NLL over train + l2 * mean(W ** 2)

Trained by plain full-batch gradient descent. The loss sums over every bigram of the corpus, and all occurrences of a
bigram add the same term, so it depends on the corpus only through the count matrix N (N is a sufficient statistic):

    mean NLL = - sum_ij N[i, j] * log_softmax(W)[i, j] / sum_ij N[i, j]

A step therefore costs vocab_size ** 2 instead of one row per symbol of the corpus. The gradient is the same, the
model's expectation minus the corpus's frequency:

    d loss / d W = P(i) * softmax(W)[i, j] - P(i, j) + 2 * l2 * W[i, j] / vocab_size ** 2      P = N / sum N

The L2 term pulls W towards zero, and so the distribution towards uniform, as smoothing does for counts.

Source: Karpathy, "The spelled-out intro to language modeling: building makemore" (2022).
"""

import sys

import torch
from pydantic import Field
from torch import Tensor, nn
from tqdm import tqdm

from makemore.arithmetic import functional as F
from makemore.arithmetic.grids import on_step
from makemore.arithmetic.random import Generator
from makemore.core.params import Seed
from makemore.corpus.bigrams import bigram_table, check_table
from makemore.corpus.corpus import Corpus, bigrams_of
from makemore.corpus.vocabulary import Vocabulary
from makemore.models import base

SHARE_STEP = 2.0**-44  # of a pair's part of the loss


class Config(base.Config):
    """The gradient descent."""

    steps: base.Steps
    lr: float = Field(gt=0, le=1e30)
    l2: float = Field(ge=0, le=1e6)
    eval_every: base.Steps
    seed: Seed


def nll_of_counts(weights: Tensor, counts: Tensor) -> Tensor:
    """Mean NLL, in nats per symbol, of the bigrams in `counts` (V, V) under the logits in `weights` (V, V)."""
    shares = counts / counts.sum()
    return on_step(F.log_softmax(weights).mul_(-shares), SHARE_STEP).sum()


class Model(base.Model[Config]):
    """The weight matrix W, initialised from a standard normal with its own generator, as in the lecture.

    Raises UserError if the vocabulary is too large for a table of all pairs.
    """

    def __init__(self, config: Config, vocabulary: Vocabulary, longest: int) -> None:
        check_table(len(vocabulary))
        super().__init__(config, vocabulary, longest, block_size=1)
        initial = Generator(config.seed).normal(len(vocabulary) ** 2)
        self.weights = nn.Parameter(initial.view(len(vocabulary), len(vocabulary)))

    def forward(self, tokens: Tensor) -> Tensor:
        return self.weights[tokens]  # (B, T, V): selecting a row equals multiplying by a one-hot vector

    @torch.no_grad()
    def fit(self, corpus: Corpus) -> list[base.Point]:
        config, curve = self.config, []
        size = len(self.vocabulary)
        dev_counts = torch.from_numpy(bigram_table(bigrams_of(corpus.names["dev"], size), size))
        joint = corpus.bigrams / corpus.bigrams.sum()  # P(i, j)
        marginal = corpus.bigrams.sum(dim=1, keepdim=True) / corpus.bigrams.sum()  # P(i)
        for step in tqdm(range(config.steps + 1), "bigram", unit="step", disable=None, file=sys.stderr):
            if step % config.eval_every == 0 or step == config.steps:
                train_nll = nll_of_counts(self.weights, corpus.bigrams).item()
                dev_nll = nll_of_counts(self.weights, dev_counts).item()
                base.check_finite(train_nll + dev_nll, step)
                curve.append(base.Point(step=step, train_nll=train_nll, dev_nll=dev_nll, lr=config.lr))
            if step < config.steps:
                gradient = (F.softmax(self.weights) * marginal).sub_(joint)
                gradient.add_(self.weights * (2 * config.l2 / self.weights.numel()))
                self.weights.sub_(gradient.mul_(config.lr))
        return curve
