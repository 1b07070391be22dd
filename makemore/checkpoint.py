"""Checkpoints: a training that was killed at any moment goes on, and ends with the bytes it would have had.

A checkpoint holds all that the next step depends on: weights, optimiser state, the step number, the curve and the best
weights so far. It holds no random number generator and no data order, because the loop needs none: what is random in a
step is a function of (seed, step).

It is found by a key, the hash of everything that determines the run: parameters, corpus, code, torch. So the checkpoint
of another run is never picked up. The file opens with the hash of its content, so a damaged one is noticed; it is
renamed, with a warning, and the training starts anew. Checkpoints lie in DVC's folder for temporary files: they are no
output; a run that ends removes its own. What an abandoned run left there may be deleted at any time.
"""

import fcntl
import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from makemore.corpus import Corpus
from makemore.errors import UserError
from makemore.files import write_bytes
from makemore.params import ComputeParams, Section

FOLDER = Path(".dvc/tmp/checkpoints")
SECONDS_BETWEEN = 5.0  # at most this much work is lost; writing one takes some hundredths of a second


@dataclass
class State:
    """A training between two steps.

    step: the optimiser steps done
    curve: the points so far, as lists
    tensors: weights, the best weights and the optimiser's state, by names that the training loop gives them
    """

    step: int
    curve: list[list[float]]
    tensors: dict[str, Tensor] = field(repr=False)


def run_key(config: Section, compute: ComputeParams, corpus: Corpus) -> str:
    """The hash of everything that determines a training: parameters, corpus, torch's build, and our code.

    The code is that of every module of this project that is loaded: what is not loaded cannot have a part in it.
    """
    digest = hashlib.sha256(
        json.dumps(
            [config.model_dump(), compute.model_dump(), list(corpus.vocabulary.symbols), torch.__version__]
        ).encode()
    )
    for rows in corpus.rows.values():
        digest.update(f"{tuple(rows.shape)}".encode() + rows.numpy().tobytes())
    for name, path in _project_modules():
        digest.update(f"{name}:{hashlib.sha256(path.read_bytes()).hexdigest()};".encode())
    return digest.hexdigest()


def _project_modules() -> list[tuple[str, Path]]:
    root = Path(__file__).parent.parent
    files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    paths = {name: Path(file) for name, file in files.items() if file}
    ours = (root / "makemore", root / "stages")
    return sorted((name, path) for name, path in paths.items() if any(path.is_relative_to(part) for part in ours))


class Checkpoint:
    """The checkpoint of one run, at `path`; `open_checkpoint` makes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._saved = time.monotonic()

    def load(self) -> State | None:
        """The state that was saved last, or None; a damaged file is set aside with a warning."""
        if not self._path.exists():
            return None
        try:
            return _decode(self._path.read_bytes())
        except ValueError as error:
            aside = self._path.with_suffix(".damaged")
            self._path.replace(aside)
            print(
                f"warning: {self._path} is damaged ({error}); set aside as {aside.name}, starting anew", file=sys.stderr
            )
            return None

    def due(self) -> bool:
        """Whether the last save is long enough ago."""
        return time.monotonic() - self._saved >= SECONDS_BETWEEN

    def save(self, state: State) -> None:
        """Replaces the checkpoint, whole or not at all."""
        write_bytes(self._path, _encode(state))
        self._saved = time.monotonic()

    def remove(self) -> None:
        """Leaves nothing behind."""
        self._path.unlink(missing_ok=True)


@contextmanager
def open_checkpoint(name: str, key: str) -> Iterator[Checkpoint]:
    """The checkpoint of the run with `key`, while no other process trains `name` in this folder.

    A `dvc repro` that is killed leaves its training running for a moment (see `stop_requests`). The next one waits
    here until it is gone, so that two trainings never write to the same outputs. A run that ends, well or with a
    UserError, leaves no checkpoint behind; one that is stopped or killed does.
    """
    lock_path = FOLDER / f"{name}.lock"
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    with lock_path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{name}: another process trains it in this folder; waiting until it is gone", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        # DVC sets DVC_ROOT for its stages, so that an experiment in a temporary copy leaves its checkpoint here too.
        checkpoint = Checkpoint(Path(os.environ.get("DVC_ROOT", ".")) / FOLDER / f"{name}-{key[:16]}.checkpoint")
        try:
            yield checkpoint
        except UserError:
            checkpoint.remove()
            raise
        checkpoint.remove()


@contextmanager
def stop_requests() -> Iterator[Callable[[], bool]]:
    """A function that says whether the training should stop: after Ctrl-C, SIGTERM, or the end of its parent process.

    Stopping between two steps, and not wherever a signal happens to arrive, leaves a state that can be saved.
    """
    parent, received = os.getppid(), []
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: received.append(True)) for number in signals]
    try:
        yield lambda: bool(received) or os.getppid() != parent
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _encode(state: State) -> bytes:
    """One line with the hash of the rest, one line of JSON, then the tensors as safetensors."""
    header = json.dumps({"step": state.step, "curve": state.curve}).encode()
    content = header + b"\n" + safetensors.torch.save(state.tensors)
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def _decode(content: bytes) -> State:
    """Undoes `_encode`; raises ValueError for anything that it did not write."""
    digest, _, rest = content.partition(b"\n")
    if hashlib.sha256(rest).hexdigest().encode() != digest:
        raise ValueError("its hash is wrong")
    header, _, tensors = rest.partition(b"\n")
    return State(**json.loads(header), tensors=safetensors.torch.load(tensors))
