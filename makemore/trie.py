"""Prefix-trie rows: a batch of names laid out so that no position is padding and no shared prefix is computed twice.

A batch of names is usually a rectangle, one row a name, filled up with padding: half of it computes nothing that is
used, and `. m a r` is computed again for every name that begins with it. But a causal model has the same hidden state
wherever it has seen the same prefix. So the names are laid out as prefix trees, each slot of a row one distinct prefix:

    names        andy ann anna                slot       0  1  2  3  4  5  6
    as a tree    . -> a -> n -> d -> y        token      .  a  n  d  y  n  a
                             -> n -> a        position   0  1  2  3  4  3  4

A slot attends to its ancestors and itself, and to nothing else. Its target is not one symbol but how often each symbol
came next: behind `. a n` that is d once and n twice. The loss, the sum over slots of counts times NLL, is the loss of
the padded rows with its terms collected, so its gradient is the same. It is the thought behind the neural bigram's
count matrix (models/bigram.py), with whole prefixes in place of single symbols.

The picture and the measurements are in docs/trie-rows.md. This is not a data structure to search in: it is made from
each batch, used once, and thrown away.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from makemore.corpus import PAD

SLOTS = 16  # rows are a multiple of it wide: that is how many numbers torch's attention kernel takes at a time


class TrieRows(NamedTuple):
    """A batch as prefix trees, in `rows` rows of S slots.

    source: int64 (rows, S), where in the batch's inputs (names, time), flattened, the last symbol of a slot's prefix
        stands; a slot left over is a copy of the first and counts nothing
    positions: int64 (rows, S), how many symbols come before it in its prefix
    visible: bool (rows, S, S), whether the slot (middle) is to see the slot (last): its ancestors and itself
    counts: float32 (rows, S, vocab_size), how often each symbol comes next in the batch
    """

    source: Tensor
    positions: Tensor
    visible: Tensor
    counts: Tensor


def lay_out(rows: Tensor, vocab_size: int) -> TrieRows:
    """The names in `rows`, int64 (names, width) as `corpus.encode_rows` makes them, as prefix trees."""
    order = np.lexsort(rows.numpy().T[::-1])  # names that share a prefix stand together
    inputs, targets = rows.numpy()[order, :-1], rows.numpy()[order, 1:]
    lengths = (targets != PAD).sum(axis=1)  # (names): how many symbols of each are input
    width = SLOTS * math.ceil(int(lengths.max()) / SLOTS)
    row, start, first = _pack(lengths, _shared_with_the_name_before(inputs, targets), width)  # (names), all

    # A symbol of a name has a slot of its own, or shares that of the last name before which has one at this position.
    names, times = inputs.shape
    position = np.arange(times)
    own = position >= first[:, None]  # (names, times)
    owner = np.maximum.accumulate(np.where(own, np.arange(names)[:, None], 0), axis=0)
    slot = (start - first)[owner] + position + row[:, None] * width  # (names, times), counted through all rows

    real = targets != PAD
    count = (int(row[-1]) + 1) * width
    source, positions = np.zeros(count, np.int64), np.zeros(count, np.int64)
    source[slot[real]] = (order[:, None] * times + position)[real]
    positions[slot[real]] = np.broadcast_to(position, real.shape)[real]
    counts = np.bincount(slot[real] * vocab_size + targets[real], minlength=count * vocab_size)
    visible = np.zeros((count, width), bool)
    visible[np.arange(count), np.arange(count) % width] = True  # a slot left over must see something: itself
    for back in range(1, times):
        there = real[:, back:]
        visible[slot[:, back:][there], slot[:, :-back][there] % width] = True
    return TrieRows(
        torch.from_numpy(source).view(-1, width),
        torch.from_numpy(positions).view(-1, width),
        torch.from_numpy(visible).view(-1, width, width),
        torch.from_numpy(counts.astype(np.float32)).view(-1, width, vocab_size),
    )


def _shared_with_the_name_before(inputs: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each name, how many of its first symbols are also the first of the name before it: int64 (names)."""
    differ = (inputs[1:] != inputs[:-1]) | (targets[1:] == PAD) | (targets[:-1] == PAD)
    shared = np.where(differ.any(axis=1), differ.argmax(axis=1), inputs.shape[1])
    return np.concatenate([[0], shared])


def _pack(lengths: NDArray[np.int64], shared: NDArray[np.int64], width: int) -> list[NDArray[np.int64]]:
    """Puts the names into rows of `width` slots, each into the current row while there is room for what it adds.

    Returns, int64 (names) each: the row of each name, the slot in it from which its own slots go on, and the position
    of its first symbol that has a slot of its own. The name that opens a row shares nothing.
    """
    placed, row, used = [], 0, 0
    for length, common in zip(lengths.tolist(), shared.tolist(), strict=True):
        opens = used + length - common > width
        row, used, first = (row + 1, 0, 0) if opens else (row, used, common)
        placed.append((row, used, first))
        used += length - first
    return list(np.array(placed, dtype=np.int64).T)
