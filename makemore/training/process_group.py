"""The processes that train one model together, on one host or several. torchrun starts them.

Without torchrun the group is the one process that there is. One process, the leader, reads and writes all files: the
first one that DVC started, because DVC expects the outputs there, or else rank 0.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed

# The group that exists when this module is imported becomes the default of its functions' arguments, and then lives as
# long as Python: its threads abort the process if they run while Python ends. Optimizers import it; this is earlier.
import torch.distributed.nn
from torch import Tensor

from makemore.core.errors import Interrupted, UserError

MINUTES_OF_SILENCE = 10  # a process whose host lost its power or network is noticed after this time


class ConnectionLost(Interrupted):
    """Another process of the group ended or cannot be reached any more."""


@dataclass(frozen=True)
class ProcessGroup:
    """This process (`rank`, from 0), the number of processes in the group, and the rank of the leader."""

    rank: int = 0
    size: int = 1
    leader: int = 0

    @property
    def is_leader(self) -> bool:
        return self.rank == self.leader

    def all_gather(self, tensor: Tensor) -> Tensor:
        """The tensors of all processes, in the order of ranks: (size, *tensor.shape). All have the same shape.

        Raises ConnectionLost.
        """
        if self.size == 1:
            return tensor.unsqueeze(0)
        received = tensor.new_empty(self.size, *tensor.shape)
        with _lost_connections():
            torch.distributed.all_gather_single(received.flatten(0, 1), tensor)
        return received

    def broadcast(self, content: bytes) -> bytes:
        """The `content` that the leader passed. Raises ConnectionLost."""
        if self.size == 1:
            return content
        contents = [content]
        with _lost_connections():
            torch.distributed.broadcast_object_list(contents, src=self.leader)
        return contents[0]


ALONE = ProcessGroup()


@contextmanager
def join(key: str, shards: int) -> Iterator[ProcessGroup]:
    """The group that torchrun started this process for; without torchrun, a group of this process alone.

    key: the hash of everything that determines the result (`checkpoint.training_key`); it must be the same everywhere
    shards: `compute.shards`, the largest possible number of processes

    Raises UserError, in one process, for too many processes, different keys and several leaders (SystemExit in the
    other processes), and ConnectionLost if another process ends.
    """
    rank, size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    if size > shards:
        _refuse(rank, f"params.yaml: compute.shards: is {shards}, which is less than the {size} processes of torchrun")
    members: list[tuple[str, str, bool]] = [("", "", False)] * size
    try:
        with _lost_connections():
            torch.distributed.init_process_group("gloo", timeout=timedelta(minutes=MINUTES_OF_SILENCE))
            torch.distributed.all_gather_object(members, (key, socket.gethostname(), "DVC_STAGE" in os.environ))
        yield ProcessGroup(rank, size, choose_leader(members, rank))
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


def choose_leader(members: list[tuple[str, str, bool]], rank: int) -> int:
    """The rank of the leader of `members`: for each process its key, its host, and whether DVC started it.

    Raises UserError, or SystemExit in all but one process (`rank` is this one), if they cannot train together.
    """
    others = sorted({host for key, host, _ in members if key != members[0][0]})
    if others:
        _refuse(rank, f"code, parameters, corpus or torch on {', '.join(others)} differ from those on {members[0][1]}")
    leaders = {host: number for number, (_, host, by_dvc) in reversed(list(enumerate(members))) if by_dvc}
    if len(leaders) > 1:
        hosts = ", ".join(sorted(leaders))
        _refuse(rank, f"DVC trains on several hosts ({hosts}); start all but one with `python -m stages train VARIANT`")
    return next(iter(leaders.values()), 0)


def _refuse(rank: int, problem: str) -> None:
    """Raises UserError in one process, so that the message is printed once, and SystemExit in the others."""
    if rank == 0:
        raise UserError(problem)
    raise SystemExit(2)


@contextmanager
def _lost_connections() -> Iterator[None]:
    """Turns the errors that mean that a process does not answer into ConnectionLost."""
    try:
        yield
    except RuntimeError as error:
        if not isinstance(error, torch.distributed.DistError) and "gloo/transport" not in str(error):
            raise
        raise ConnectionLost("lost the connection to another process; the same command resumes") from error
