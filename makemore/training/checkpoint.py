"""Checkpoints: training that is killed at any moment resumes, and ends with the same bytes.

A checkpoint holds everything that the next step depends on: weights, optimiser state, step number, curve, and the best
weights so far. It needs no random number generator and no data order, because the randomness of a step is a function of
(seed, step).

A checkpoint has a key, the hash of everything that determines the training: parameters, corpus, code, torch. The key is
in the file's name, to find it, and in its content, so that a checkpoint of another training is never used, not even if
it is renamed. The file starts with the hash of its content; a damaged one is renamed, with a warning, and training
starts over. If a checkpoint cannot be saved, a warning says so and training continues. Checkpoints are in DVC's folder
for temporary files, because they are not outputs. Training that ends deletes its checkpoint; those of abandoned
training can be deleted at any time.
"""

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
from filelock import FileLock, Timeout
from torch import Tensor

from makemore.core.curve import Point, parse_point
from makemore.core.device import device_name, training_device
from makemore.core.errors import FileError, UserError
from makemore.core.files import os_errors, read_bytes, write_bytes
from makemore.core.layout import CHECKPOINTS, PACKAGE, main_repository
from makemore.core.params import ComputeParams, Section
from makemore.corpus.corpus import Corpus

SECONDS_BETWEEN_CHECKPOINTS = 5.0  # a kill loses about this much work at most


@dataclass
class State:
    """The state of training between two steps.

    step: the number of optimiser steps taken
    curve: the points so far
    tensors: weights, best weights and optimiser state, under the names that the loop gives them
    """

    step: int
    curve: list[Point]
    tensors: dict[str, Tensor] = field(repr=False)


def training_key(config: Section, compute: ComputeParams, corpus: Corpus, teaching: str = "") -> str:
    """The hash of everything that determines the result: parameters, corpus, our code, the build of torch and the GPU.
    `teaching`: of a student, its own parameters and the hash of its teacher.

    Our code is every loaded module of this project: a module that is not loaded cannot influence the result.
    """
    digest = hashlib.sha256(
        json.dumps(
            [config.model_dump(), compute.model_dump(), device_name(training_device(compute)), torch.__version__]
        ).encode()
    )
    digest.update(teaching.encode())
    digest.update(json.dumps(list(corpus.vocabulary.symbols)).encode())
    for names in corpus.names.values():
        for part in names.parts():
            digest.update(f"{len(part)};".encode() + part.tokens.tobytes() + part.offsets.tobytes())
    for name, path in _project_modules():
        digest.update(f"{name}:{hashlib.sha256(path.read_bytes()).hexdigest()};".encode())
    return digest.hexdigest()


def _project_modules() -> list[tuple[str, Path]]:
    files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    paths = {name: Path(file) for name, file in files.items() if file}
    ours = (PACKAGE, PACKAGE.parent / "stages")
    return sorted((name, path) for name, path in paths.items() if any(map(path.is_relative_to, ours)))


class Checkpoint:
    """The checkpoint for `key` (see `training_key`), at `path`. Use `open_checkpoint` to get one."""

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._key = key
        self._saved = time.monotonic()
        self._warned = False

    def load(self) -> State | None:
        """The last saved state, or None. A damaged file, or one with another key, is renamed with a warning."""
        if not self._path.exists():
            return None
        try:
            return decode(read_bytes(self._path), self._key)
        except ValueError as error:
            aside = self._path.with_suffix(".damaged")
            with os_errors(self._path, "renamed"):
                self._path.replace(aside)
            print(
                f"warning: {self._path} is damaged ({error}); renamed to {aside.name}, starting over", file=sys.stderr
            )
            return None

    def due(self) -> bool:
        """Whether it is time to save again: `SECONDS_BETWEEN_CHECKPOINTS` after the last attempt."""
        return time.monotonic() - self._saved >= SECONDS_BETWEEN_CHECKPOINTS

    def save(self, state: State) -> bool:
        """Replaces the checkpoint atomically. Returns whether that worked; the first failure prints a warning."""
        self._saved = time.monotonic()  # even if saving fails, so the next attempt waits as long
        try:
            write_bytes(self._path, encode(state, self._key))
        except FileError as error:
            if not self._warned:
                print(f"warning: {error}; training continues without a checkpoint", file=sys.stderr)
            self._warned = True
            return False
        return True

    def remove(self) -> None:
        """Deletes the checkpoint."""
        with os_errors(self._path, "deleted"):
            self._path.unlink(missing_ok=True)


@contextmanager
def open_checkpoint(name: str, key: str) -> Iterator[Checkpoint]:
    """The checkpoint for `key`. Only one process at a time trains `name` in this folder.

    A `dvc repro` that is killed leaves its train stage running for a moment (see `stop_requests`). The next one waits
    here until that has stopped, so two processes never write the same outputs. Training that ends, successfully or with
    a UserError, deletes its checkpoint; training that is stopped or killed keeps it, and so does training whose results
    cannot be written (FileError).
    """
    with os_errors(CHECKPOINTS, "written"):
        CHECKPOINTS.mkdir(parents=True, exist_ok=True)
        lock = FileLock(CHECKPOINTS / f"{name}.lock")
        try:
            held = lock.acquire(timeout=0)
        except Timeout:
            print(f"{name}: waiting for another process that trains it in this folder", file=sys.stderr)
            held = lock.acquire()
    with held:
        # The checkpoint of an experiment is in the main repository, because its temporary copy does not outlive a kill.
        checkpoint = Checkpoint(main_repository() / CHECKPOINTS / f"{name}-{key[:16]}.checkpoint", key)
        try:
            yield checkpoint
        except FileError:
            raise  # the model is trained, and only has to be written
        except UserError:
            checkpoint.remove()
            raise
        checkpoint.remove()


@contextmanager
def stop_requests() -> Iterator[Callable[[], bool]]:
    """A function that says whether training should stop: after Ctrl-C, SIGTERM, or the death of the parent process.

    It is called between two steps, when the state is consistent and can be saved.
    """
    parent, received = os.getppid(), []
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: received.append(True)) for number in signals]
    try:
        yield lambda: bool(received) or os.getppid() != parent
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def encode(state: State, key: str = "") -> bytes:
    """A line with the hash of the rest, a line of JSON, and the tensors in safetensors format."""
    header = json.dumps({"key": key, "step": state.step, "curve": state.curve}).encode()
    content = header + b"\n" + safetensors.torch.save(state.tensors)
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def decode(content: bytes, key: str = "") -> State:
    """The inverse of `encode`. Raises ValueError for anything else, and for a checkpoint with another key."""
    digest, _, rest = content.partition(b"\n")
    if hashlib.sha256(rest).hexdigest().encode() != digest:
        raise ValueError("its hash is wrong")
    header, _, tensors = rest.partition(b"\n")
    values = json.loads(header)
    if values.get("key") != key:
        raise ValueError("it is the checkpoint of another training")
    return State(values["step"], [parse_point(point) for point in values["curve"]], safetensors.torch.load(tensors))
