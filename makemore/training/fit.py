"""Fits a model of any kind: by its own method `fit`, or by the gradient loop with checkpoints and a progress bar."""

import signal
import sys
from collections.abc import Callable

import torch
from tqdm import tqdm

from makemore.core.curve import Point
from makemore.core.device import CPU
from makemore.core.errors import Interrupted, UserError
from makemore.corpus.corpus import Corpus
from makemore.models.base.catalog import AnyModel, build
from makemore.models.base.config import Config, TrainingConfig
from makemore.training.checkpoint import Checkpoint, decode, encode, stop_requests
from makemore.training.loop import Gradient, Loop, curve_point, whole_batch
from makemore.training.memory import check_fits
from makemore.training.process_group import ALONE, ConnectionLost, ProcessGroup
from makemore.training.shards import ShardedGradient
from makemore.training.teaching import Lessons


def fit(
    config: Config,
    corpus: Corpus,
    name: str,
    checkpoint: Checkpoint | None = None,
    on_point: Callable[[Point], None] = lambda _: None,
    shards: int = 1,
    group: ProcessGroup = ALONE,
    device: torch.device = CPU,
    lessons: Lessons | None = None,
) -> tuple[AnyModel, list[Point]]:
    """A model fitted to `corpus`, and its training curve. `name` labels the progress bar, and errors begin with it.

    With a `checkpoint`, interrupted training resumes and ends with the same bytes as if it had not been interrupted.
    `on_point` is called with each point of the curve as soon as it is known; after resuming, it also gets the earlier
    points. The gradient loop computes gradients in `shards`, on `device`; the other processes of `group` help
    (`help_to_fit`). The model that is returned is on the CPU. With `lessons`, it is a student.

    Raises UserError if the model does not fit the corpus or the machine, and if the loss becomes NaN or infinite;
    Interrupted if the process was asked to stop; and ConnectionLost if another process of the group ends.
    """
    try:
        check_fits(config, corpus.vocabulary, corpus.longest, device)
    except UserError as error:
        raise UserError(f"{name}: {error}") from None
    if isinstance(config, TrainingConfig):
        gradient = whole_batch if lessons else _gradient(shards, group)
        loop = Loop.start(corpus, config, gradient, device, lessons)
        return _train(loop, name, checkpoint, on_point, group)
    model = build(config, corpus.vocabulary, corpus.longest)
    curve = model.fit(corpus)
    model.round_weights()
    curve = curve or [curve_point(model, corpus, step=0, lr=0.0)]
    for point in curve:
        on_point(point)
    return model.eval(), curve


def help_to_fit(
    config: TrainingConfig, corpus: Corpus, shards: int, group: ProcessGroup, device: torch.device = CPU
) -> None:
    """Computes this process's part of the gradients while the leader of `group` is in `fit`.

    Raises ConnectionLost if another process of the group ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the leader alone says that it was interrupted
    loop = Loop.start(corpus, config, _gradient(shards, group), device)
    if content := group.broadcast(b""):
        loop.restore(decode(content))
    while loop.step < config.steps:
        loop.update_weights()


def _gradient(shards: int, group: ProcessGroup) -> Gradient:
    return whole_batch if shards == 1 else ShardedGradient(shards, group)


def _train(
    loop: Loop,
    name: str,
    checkpoint: Checkpoint | None,
    on_point: Callable[[Point], None],
    group: ProcessGroup,
) -> tuple[AnyModel, list[Point]]:
    config = loop.config
    state = checkpoint.load() if checkpoint else None
    group.broadcast(encode(state) if state else b"")
    if state:
        loop.restore(state)
    for point in loop.curve:
        on_point(point)
    steps = range(loop.step + 1, config.steps + 1)
    progress = tqdm(steps, name, config.steps, unit="step", initial=loop.step, disable=None, file=sys.stderr)
    with stop_requests() as stop_requested:
        for _ in progress:
            known = len(loop.curve)
            try:
                loss = loop.take_step()
            except ConnectionLost:
                reason = Interrupted if stop_requested() else ConnectionLost
                raise reason(_stopped(loop, name, checkpoint)) from None
            for point in loop.curve[known:]:
                on_point(point)
            progress.set_postfix(loss=f"{loss:.3f}", dev=f"{loop.curve[-1].dev_nll:.3f}", refresh=False)
            if stop_requested():
                raise Interrupted(_stopped(loop, name, checkpoint))
            if checkpoint and checkpoint.due():
                checkpoint.save(loop.state())
    return loop.best_model(), loop.curve


def _stopped(loop: Loop, name: str, checkpoint: Checkpoint | None) -> str:
    """Saves a checkpoint, if there is one. Returns a line that says how far the training got."""
    stopped = f"{name}: stopped after step {loop.step} of {loop.config.steps}"
    if checkpoint is None:
        return stopped
    saved = checkpoint.save(loop.state())
    resumes = "resumes from there" if saved else "starts over, because no checkpoint could be saved"
    return f"{stopped}; the same command {resumes}"
