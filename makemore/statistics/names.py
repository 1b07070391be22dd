"""The distinct names of a split, and the loss of each of them: what the evaluate stage writes for later comparisons."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import Tensor

from makemore.core.artifacts import read_tensors
from makemore.core.files import damaged, write_bytes
from makemore.core.rows import Rows
from makemore.core.tokens import PAD
from makemore.core.vocabulary import Vocabulary
from makemore.statistics.bootstrap import Floats, Integers

HELD_OUT = ("dev", "test")  # the splits whose losses have intervals


@dataclass(frozen=True)
class DistinctNames:
    """The distinct names of some rows (see `tokens.padded`), in the order of their tokens.

    rows: int64 (names, width), one row per distinct name
    first: int64 (names), the index of its first copy
    copies: int64 (names), how often it occurs
    """

    rows: Tensor
    first: Integers
    copies: Integers

    @classmethod
    def of(cls, names: Rows) -> "DistinctNames":
        """The distinct ones of `names`, which must fit into memory."""
        rows = names.tensor()  # (all names, width)
        if not len(rows):
            return cls(rows, np.zeros(0, np.int64), np.zeros(0, np.int64))
        # Rows are compared as strings of bytes. Big-endian, so that their order is that of the tokens.
        keys = (rows + 1).numpy().astype(">u2" if rows.max() < 2**16 - 1 else ">u4")
        _, first, copies = np.unique(keys.view(f"V{keys[0].nbytes}").ravel(), return_index=True, return_counts=True)
        return cls(rows[torch.from_numpy(first)], first, copies)

    @property
    def symbols(self) -> Integers:
        """How many predicted symbols each name has, in all its copies: int64 (names)."""
        of_copy: Integers = (self.rows[:, 1:] != PAD).sum(dim=1).numpy()
        return of_copy * self.copies

    def words(self, vocabulary: Vocabulary) -> list[str]:
        """The names as text."""
        return [vocabulary.decode(row[1:]) for row in self.rows.tolist()]

    def nll(self, of_copy: Tensor) -> Floats:
        """The NLL of each name, in nats, summed over its copies: float64 (names), from that of one copy (names)."""
        nll: Floats = of_copy.double().numpy() * self.copies
        return nll


def write_losses(path: Path, losses: dict[str, Tensor]) -> None:
    """Writes the NLL of a copy of each distinct name, in nats, float32 (names), for each split."""
    write_bytes(path, safetensors.torch.save(losses))


def read_losses(path: Path, names: dict[str, DistinctNames]) -> dict[str, Floats]:
    """The NLL of each distinct name, summed over its copies, for each split of `names`: float64 (names).

    `names` may lack a split whose losses are not needed: finding its distinct names takes memory.

    Raises UserError if the file is missing or damaged, or is not about these names.
    """
    return parse_losses(read_tensors(path), names, path)


def parse_losses(tensors: dict[str, Tensor], names: dict[str, DistinctNames], path: Path) -> dict[str, Floats]:
    """The same for the tensors in a file, which an error calls `path`."""
    if tensors.keys() != {*HELD_OUT} or any(
        list(tensors[split].shape) != [len(each.copies)] for split, each in names.items()
    ):
        raise damaged(path, "not the losses of the names in the corpus")
    if any(tensor.dtype != torch.float32 or not (tensor >= 0).all() for tensor in tensors.values()):
        raise damaged(path, "it has losses that are negative or not numbers")
    return {split: each.nll(tensors[split]) for split, each in names.items()}
