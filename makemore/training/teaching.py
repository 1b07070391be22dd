"""A student learns what a teacher says after each start of a name, instead of only what came next.

A name of train says which symbol followed a prefix. The teacher, an ensemble, says how likely each symbol is there, and
so in one prefix as much as many names. It also invents names, which show the student prefixes that train does not have.
The loss is the cross-entropy with these targets, where N counts the names of the batch:

    targets = N(prefix) P_teacher(symbol after prefix)

The teacher is asked about every prefix once, before training. Dev and test are not among the names.

Source: Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network" (2015), https://arxiv.org/abs/1503.02531;
Kim & Rush, "Sequence-Level Knowledge Distillation" (2016), https://arxiv.org/abs/1606.07947, for names of the teacher.
"""

from dataclasses import dataclass
from unicodedata import is_normalized

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from makemore.arithmetic import functional as F
from makemore.core.errors import UserError
from makemore.core.memory import machine_memory
from makemore.core.params import SampleParams
from makemore.core.randomness import derive_seed
from makemore.corpus.corpus import Corpus
from makemore.corpus.parts import Names
from makemore.corpus.split_names import joined
from makemore.corpus.tokens import encode_names, padded
from makemore.models.base.catalog import AnyModel
from makemore.models.base.config import Teaching, TrainingConfig
from makemore.models.base.model import Taught
from makemore.training.batches import numbers_of_batch

PREFIXES_PER_CALL = 1000


@dataclass(frozen=True)
class Lessons:
    """What a student is trained on.

    names: those of train, and then those that the teacher sampled
    in_train: how many are of train
    prefixes: the number of the prefix before each symbol of `names`
    answers: float32 (prefixes, vocab_size), the teacher's probabilities after each prefix
    """

    names: Names
    in_train: int
    prefixes: Names
    answers: Tensor
    teaching: Teaching

    def batch(self, config: TrainingConfig, step: int) -> tuple[Tensor, Taught]:
        """The names of optimiser step `step` (from 1), padded, and what the teacher says after each prefix of them."""
        sampled = round(config.batch_size * self.teaching.sampled_share)
        of_train = numbers_of_batch(self.in_train, config.batch_size - sampled, config.seed, "order", step)
        others = numbers_of_batch(len(self.names) - self.in_train, sampled, config.seed, "sampled", step)
        numbers = np.concatenate([of_train, self.in_train + others])
        before = padded(self.prefixes.take(numbers))[:, 1:].clamp(min=0)  # (names, time)
        return padded(self.names.take(numbers)), Taught(self.answers[before], share=1.0)


def sampling_of(teacher: AnyModel, teaching: Teaching, seed: int) -> SampleParams:
    """How the teacher's names are sampled: one symbol more than the longest name, which shows that a name is cut."""
    return SampleParams(
        names=max(1, teaching.sampled_names),
        seed=derive_seed(seed, "teacher") % 2**32,
        batch_size=500,
        temperature=1.0,
        top_k=None,
        prefix="",
        max_length=teacher.longest + 1,
    )


def lessons(teacher: AnyModel, corpus: Corpus, teaching: Teaching, sampled: list[str]) -> Lessons:
    """The lessons of `teacher`, with the names of train and those of `sampled` that train could have.

    Raises UserError if the answers do not fit into memory.
    """
    train = joined(list(corpus.names["train"].batches()))
    possible = [name for name in sampled if 0 < len(name) <= corpus.longest and is_normalized("NFC", name)]
    names = joined([train, encode_names(possible, corpus.vocabulary)])
    number, parents, symbols = _numbered(names, len(corpus.vocabulary))
    size = len(parents) * len(corpus.vocabulary) * torch.float32.itemsize
    if size > machine_memory() / 2:
        raise UserError(
            f"the teacher's answers after {len(parents):,} prefixes take {size / 1e9:,.1f} GB, and this machine has "
            f"{machine_memory() / 1e9:,.1f} GB; lower sampled_names"
        )
    answers = _answers(teacher.eval(), parents, symbols)
    return Lessons(names, len(train), Names(number, names.offsets), answers, teaching)


def _numbered(names: Names, vocab_size: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The distinct prefixes of `names`, numbered from the shortest to the longest.

    Returns the number of the prefix before each symbol, int64 (symbols); and of each prefix the number of the one that
    is a symbol shorter, ascending, and its last symbol: int64 (prefixes) both. Prefix 0 is the end marker alone.
    """
    tokens, starts, lengths = names.tokens.astype(np.int64), names.offsets[:-1].astype(np.int64), names.lengths
    number = np.zeros(len(tokens), np.int64)
    parents, symbols, count = [np.array([-1])], [np.array([0])], 1
    for position in range(1, int(lengths.max())):
        place = starts[lengths > position] + position
        codes, index = np.unique(number[place - 1] * vocab_size + tokens[place - 1], return_inverse=True)
        number[place] = count + index
        parents.append(codes // vocab_size)
        symbols.append(codes % vocab_size)
        count += len(codes)
    return number, np.concatenate(parents), np.concatenate(symbols)


@torch.inference_mode()
def _answers(teacher: AnyModel, parents: NDArray[np.int64], symbols: NDArray[np.int64]) -> Tensor:
    """The probabilities after each prefix: float32 (prefixes, vocab_size). Each prefix is computed once, from the cache
    of the one that is a symbol shorter.
    """
    answers = torch.empty(len(parents), len(teacher.vocabulary))
    waiting: list[tuple[int, int, list[Tensor]]] = [(0, 1, [])]  # prefixes of one length, and their parents' caches
    while waiting:
        first, last, cache = waiting.pop()
        tokens = torch.from_numpy(symbols[first:last]).unsqueeze(1)
        logits, cache = teacher.next_logits(tokens, cache)
        answers[first:last] = F.softmax(logits)
        start, end = np.searchsorted(parents, [first, last]).tolist()
        for some in range(start, end, PREFIXES_PER_CALL):
            stop = min(some + PREFIXES_PER_CALL, end)
            rows = torch.from_numpy(parents[some:stop] - first)
            waiting.append((some, stop, [kept[rows] for kept in cache]))
    return answers.clone()  # not an inference tensor, which a loss could not use
