"""The contract of all models.

Every model is an `nn.Module` from tokens to logits: `forward(tokens)` takes int64 (batch, time) and returns float32
(batch, time, vocab_size), and the logits at a position depend only on the tokens up to that position. Evaluation,
sampling and serving need nothing else. How a model gets its weights is up to each model: it implements `fit`, or its
Config is a `TrainingConfig` and training/loop.py trains it.
"""

import math
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from makemore.arithmetic import functional as F
from makemore.core.curve import Point
from makemore.core.device import CPU
from makemore.core.errors import UserError
from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import PAD, inputs_and_targets
from makemore.corpus.vocabulary import Vocabulary
from makemore.models.base.config import Config

ConfigT = TypeVar("ConfigT", bound=Config)


class Taught(NamedTuple):
    """What a teacher says about a batch (training/smoothing.py, training/teaching.py).

    probabilities: float32 (names, time, vocab_size), of the symbol that follows each input
    share: the teacher's share of the targets, 0..1; what came next has the rest
    """

    probabilities: Tensor
    share: float

    def targets(self, counts: Tensor, probabilities: Tensor) -> Tensor:
        """What stands for `counts` (..., V), how often each symbol came next, where a teacher says `probabilities`."""
        prefix = counts.sum(dim=-1, keepdim=True, dtype=torch.float64).float()  # how often it occurs
        return counts * (1 - self.share) + probabilities * (prefix * self.share)


Teacher: TypeAlias = Callable[[Tensor], Taught | None]  # called with rows of names (see `tokens.padded`)


def nobody(rows: Tensor) -> None:
    """A teacher who says nothing: only what came next counts."""


class Model(nn.Module, Generic[ConfigT]):
    """Base class of all models.

    longest: the number of characters of the longest name in the corpus
    block_size: how many past symbols a prediction depends on. If it is at most `longest`, it is a window: positions
        before the start of a name count as end markers. If it is larger, the model reads whole names. `forward` of bow
        and gpt refuses input longer than block_size; in sampling, the default `next_logits` then slides the window.
    """

    config: ConfigT

    def __init__(self, config: ConfigT, vocabulary: Vocabulary, longest: int, block_size: int) -> None:
        super().__init__()
        self.config = config
        self.vocabulary = vocabulary
        self.longest = longest
        self.block_size = block_size

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (batch, time, vocab_size) of the symbol that follows each of `tokens` (batch, time)."""
        raise NotImplementedError

    def next_logits(self, tokens: Tensor, cache: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Logits (batch, vocab_size) of the symbol that follows `tokens` (batch, new), and the updated cache.

        `cache` is what the last call returned, or empty at the start of a name; after the first call `tokens` is one
        symbol per name. The first dimension of every tensor in the cache is the batch, so that sampling can drop
        finished names by indexing.

        This default caches the last block_size tokens and recomputes everything. Models that can do better override it.
        """
        seen = torch.cat([*cache, tokens], dim=1)[:, -max(1, self.block_size) :]  # (B, T)
        return self(seen)[:, -1], [seen]

    def loss(self, rows: Tensor, taught: Taught | None = None) -> Tensor:
        """Mean NLL of the symbols in `rows` (see `tokens.padded`), in nats; this is what training minimises.

        taught: what a teacher says about them; then it is the cross-entropy with the mixed targets
        """
        inputs, targets = inputs_and_targets(rows.to(self.device))
        size = len(self.vocabulary)
        counts = one_hot(targets.clamp(min=0), size).float().mul_((targets != PAD).unsqueeze(-1))  # (B, T, V)
        if taught:
            counts = taught.targets(counts, taught.probabilities.to(self.device))
        return F.cross_entropy(self(inputs), counts)

    def fit(self, corpus: Corpus) -> list[Point]:
        """Sets the weights from `corpus` and returns the training curve, which is empty for a closed form.

        Only for models that are not trained by the gradient loop.
        """
        raise NotImplementedError

    @torch.no_grad()
    def scale_logits(self, factor: float) -> None:
        """Multiplies all logits by `factor`, permanently. This default scales the last linear layer, `head`."""
        for parameter in self.get_submodule("head").parameters():
            parameter.mul_(factor)

    @torch.no_grad()
    def round_weights(self) -> None:
        """Rounds all weights to float16, which the page stores, so that Python and the page run the same model.

        Raises UserError for weights that are too large.
        """
        for name, parameter in self.named_parameters():
            parameter.copy_(parameter.half())
            if not parameter.isfinite().all():
                raise UserError(f"{name} has weights above 65,504; lower lr, or use more weight decay")

    def problem(self) -> str:
        """Why the loaded weights cannot be those of a fitted model; empty if they can be.

        Override it if not all values of the right shape are valid.
        """
        return ""

    @property
    def device(self) -> torch.device:
        """The device of the weights, which `forward` expects its tokens on. It is the CPU, except during training."""
        return next((parameter.device for parameter in self.parameters()), CPU)

    @property
    def n_params(self) -> int:
        """The number of values that the model stores; for a model that counts, the size of its tables."""
        return sum(tensor.numel() for tensor in self.state_dict().values())


def check_finite(loss: float, step: int) -> None:
    """Raises UserError if `loss` is NaN or infinite: training cannot recover from that."""
    if not math.isfinite(loss):
        raise UserError(f"the loss became {loss} at step {step}; lower lr, or use more warm-up steps")
