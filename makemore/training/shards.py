"""Data-parallel gradients whose bytes do not depend on the number of processes.

Floating-point addition is not associative, so a sum of gradients depends on how it is grouped. Here the grouping is a
parameter, `compute.shards`: the names of a batch are sorted and divided into K shards, the gradient of each shard is a
function of (weights, names, seed, step, shard), and the K gradients are added as a balanced binary tree:

    (g0 + g1) + (g2 + g3)

How many processes share the work is not a parameter. Each process computes neighbouring shards and adds those that form
a whole subtree. Subtrees travel between processes unchanged, and every process adds the rest of the tree. An all_reduce
would be quicker, but the order of its additions depends on the number of processes and the size of the message.

Sorting puts names with the same prefix into the same shard, where prefix-trie rows compute the prefix once.

Source: EasyScale fixes the order of additions by virtual workers (Li et al., "EasyScale: Elastic Training with
Consistent Accuracy and Improved Utilization on GPUs", SC 2023). A tree allows fewer bytes to be sent.
"""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from makemore.arithmetic import random
from makemore.core.randomness import derive_seed
from makemore.corpus.tokens import PAD, inputs_and_targets
from makemore.models.base.catalog import AnyModel
from makemore.models.base.model import Teacher, nobody
from makemore.training.process_group import ProcessGroup


class ShardedGradient:
    """The gradient of a batch, computed in `count` shards by the processes of `group`. See loop.Gradient."""

    def __init__(self, count: int, group: ProcessGroup) -> None:
        self._shards, self._group = range(count), group
        self._subtrees = [whole_subtrees(self._shards, share(count, rank, group.size)) for rank in range(group.size)]

    def __call__(self, model: AnyModel, rows: Tensor, seed: int, step: int, teacher: Teacher = nobody) -> float:
        """Sets the gradient of every parameter, and returns the mean loss of `rows`, in nats.

        Raises ConnectionLost if another process ended.
        """
        shards = sort_rows(rows).tensor_split(len(self._shards))
        symbols = _symbols(rows)

        def vector(shard: int) -> Tensor:
            random.manual_seed(derive_seed(seed, "dropout", step, shard))
            return _gradient_and_loss(model, shards[shard], teacher, _symbols(shards[shard]) / symbols)

        own = torch.stack([tree_sum(subtree, vector) for subtree in self._subtrees[self._group.rank]])
        gradient, loss = tree_sum(self._shards, vector, self._exchange(own)).tensor_split([-1])
        parameters = list(model.parameters())
        for parameter, values in zip(parameters, gradient.split([p.numel() for p in parameters]), strict=True):
            parameter.grad = values.view_as(parameter)
        return loss.item()

    def _exchange(self, own: Tensor) -> dict[range, Tensor]:
        """The sums of all subtrees, of which this process has computed `own` (subtrees, values)."""
        most = max(map(len, self._subtrees))  # all processes must send the same size
        padding = own.new_zeros(most - len(own), own.shape[1])
        # By way of the CPU, because gloo, the transport, does not reach into a GPU.
        received = self._group.all_gather(torch.cat([own, padding]).cpu()).to(own.device)  # (processes, most, values)
        return {
            subtree: received[rank, index]
            for rank, subtrees in enumerate(self._subtrees)
            for index, subtree in enumerate(subtrees)
        }


def share(shards: int, rank: int, processes: int) -> range:
    """The shards that process `rank` computes: neighbours, and as many as every other process computes, or one more."""
    return range(rank * shards // processes, (rank + 1) * shards // processes)


def halves(shards: range) -> tuple[range, range]:
    """The two subtrees of the tree over `shards`."""
    middle = len(shards) // 2
    return shards[:middle], shards[middle:]


def whole_subtrees(tree: range, own: range) -> list[range]:
    """The largest subtrees of `tree` that lie completely in `own`."""
    if own.start <= tree.start and tree.stop <= own.stop:
        return [tree]
    if own.stop <= tree.start or tree.stop <= own.start:
        return []
    left, right = halves(tree)
    return whole_subtrees(left, own) + whole_subtrees(right, own)


def tree_sum(shards: range, vector: Callable[[int], Tensor], known: Mapping[range, Tensor] | None = None) -> Tensor:
    """The sum of the vectors of `shards`, added as a balanced binary tree. `known` has the sums of some subtrees."""
    if known and shards in known:
        return known[shards]
    if len(shards) == 1:
        return vector(shards.start)
    left, right = halves(shards)
    return tree_sum(left, vector, known) + tree_sum(right, vector, known)


def sort_rows(rows: Tensor) -> Tensor:
    """`rows` (names, width) in alphabetical order."""
    return rows[np.lexsort(rows.numpy().T[::-1])]  # lexsort's last key is the most important one


def _gradient_and_loss(model: AnyModel, rows: Tensor, teacher: Teacher, weight: float) -> Tensor:
    """The gradient of all parameters, and the loss of `rows`, both times `weight`: float32 (parameters + 1)."""
    parameters = list(model.parameters())
    if len(rows) == 0:  # a batch can have fewer names than shards
        return torch.zeros(sum(parameter.numel() for parameter in parameters) + 1, device=model.device)
    loss = model.loss(rows, teacher(rows)) * weight
    return torch.cat([values.flatten() for values in (*torch.autograd.grad(loss, parameters), loss.detach())])


def _symbols(rows: Tensor) -> int:
    return int((inputs_and_targets(rows)[1] != PAD).sum())
