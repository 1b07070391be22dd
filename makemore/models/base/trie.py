"""Prefix-trie rows: a batch of names without padding, in which each shared prefix is computed once.

A batch of names is usually a rectangle with one row per name, filled up with padding. Half of the computation is wasted
on padding, and `. m a r` is computed again for every name that starts with it. But after the same prefix, a causal
model always has the same hidden state. So names are laid out as prefix trees: each slot of a row is a distinct prefix.

    names        andy ann anna                slot       0  1  2  3  4  5  6
    as a tree    . -> a -> n -> d -> y        token      .  a  n  d  y  n  a
                             -> n -> a        position   0  1  2  3  4  3  4

A slot attends only to itself and its ancestors. Its target is not one symbol but the count of each next symbol: after
`. a n`, d once and n twice. The loss is the sum over slots of counts times NLL: the loss of the padded rows with
equal terms collected, so its gradient is the same. The neural bigram's count matrix (models/bigram.py) is the same
idea for single symbols instead of prefixes.

docs/trie-rows.md has a picture and the measurements. It is not a searchable trie: it is built for each batch, used once
and discarded.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from makemore.corpus.tokens import PAD

SLOTS = 16  # the width of a row is a multiple of it, because torch's attention kernel processes 16 floats at a time


class TrieRows(NamedTuple):
    """A batch as prefix trees, in `rows` rows of S slots.

    source: int64 (rows, S), the index of the last symbol of the slot's prefix in the flattened inputs (names, time) of
        the batch; an unused slot repeats the first symbol and has counts of zero
    positions: int64 (rows, S), the number of symbols before it in its prefix
    visible: bool (rows, S, S), the attention mask: whether a slot (middle) sees another (last)
    counts: float32 (rows, S, vocab_size), how often each symbol comes next in the batch
    """

    source: Tensor
    positions: Tensor
    visible: Tensor
    counts: Tensor


def trie_rows(rows: Tensor, vocab_size: int) -> TrieRows:
    """The names in `rows`, int64 (names, width) as from `tokens.padded`, as prefix trees."""
    # Sort the names, so that those that share a prefix become neighbours.
    order = np.lexsort(rows.numpy().T[::-1])
    inputs, targets = rows.numpy()[order, :-1], rows.numpy()[order, 1:]  # (names, times), both
    real = targets != PAD

    # Pack them into rows of `width` slots: in which row and slot the own symbols of each name start, and with which.
    lengths = real.sum(axis=1)  # (names): the number of input symbols
    width = SLOTS * math.ceil(int(lengths.max()) / SLOTS)
    row, start, first = _pack(lengths, _shared_with_previous(inputs, targets), width)  # (names), all

    # A symbol has its own slot, or shares the slot of the last earlier name that has one at this position.
    names, times = inputs.shape
    position = np.arange(times)
    own = position >= first[:, None]  # (names, times)
    owner = np.maximum.accumulate(np.where(own, np.arange(names)[:, None], 0), axis=0)
    slot = (start - first)[owner] + position + row[:, None] * width  # (names, times), numbered across rows

    # Write to each slot which input it shows, and where that is in its name. All names of a slot agree on both.
    count = (int(row[-1]) + 1) * width
    source, positions = np.zeros(count, np.int64), np.zeros(count, np.int64)
    source[slot[real]] = (order[:, None] * times + position)[real]
    positions[slot[real]] = np.broadcast_to(position, real.shape)[real]

    # Count the symbols that come next, by slot: a pair (slot, symbol) is one number.
    counts = np.bincount(slot[real] * vocab_size + targets[real], minlength=count * vocab_size)

    # Let each slot see itself and, for every distance back, the slot that its name has there.
    visible = np.zeros((count, width), bool)
    visible[np.arange(count), np.arange(count) % width] = True  # an unused slot must see something: itself
    for back in range(1, times):
        exists = real[:, back:]
        visible[slot[:, back:][exists], slot[:, :-back][exists] % width] = True
    return TrieRows(
        torch.from_numpy(source).view(-1, width),
        torch.from_numpy(positions).view(-1, width),
        torch.from_numpy(visible).view(-1, width, width),
        torch.from_numpy(counts.astype(np.float32)).view(-1, width, vocab_size),
    )


def _shared_with_previous(inputs: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The length of the prefix that each name shares with the previous one: int64 (names)."""
    differ = (inputs[1:] != inputs[:-1]) | (targets[1:] == PAD) | (targets[:-1] == PAD)
    shared = np.where(differ.any(axis=1), differ.argmax(axis=1), inputs.shape[1])
    return np.concatenate([[0], shared])


def _pack(lengths: NDArray[np.int64], shared: NDArray[np.int64], width: int) -> list[NDArray[np.int64]]:
    """Packs names into rows of `width` slots. A name whose own symbols do not fit into the current row opens a new one.

    Returns three int64 (names): the row of each name, the slot where its own symbols start, and the position of the
    first of them. The first name in a row shares nothing.
    """
    placements, row, used = [], 0, 0
    for length, common in zip(lengths.tolist(), shared.tolist(), strict=True):
        opens = used + length - common > width
        row, used, first = (row + 1, 0, 0) if opens else (row, used, common)
        placements.append((row, used, first))
        used += length - first
    return list(np.array(placements, dtype=np.int64).T)
