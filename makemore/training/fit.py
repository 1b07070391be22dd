"""Fits a model of any kind: by its own method `fit`, or by the gradient loop with checkpoints and a progress bar."""

import sys
from collections.abc import Callable

from tqdm import tqdm

from makemore.core.corpus import Corpus
from makemore.core.errors import Interrupted
from makemore.models.base.catalog import AnyModel, build
from makemore.models.base.config import Config, TrainingConfig
from makemore.models.base.curve import Point
from makemore.training.checkpoint import Checkpoint, stop_requests
from makemore.training.loop import Loop, curve_point


def fit(
    config: Config,
    corpus: Corpus,
    name: str,
    checkpoint: Checkpoint | None = None,
    on_point: Callable[[Point], None] = lambda _: None,
) -> tuple[AnyModel, list[Point]]:
    """A model fitted to `corpus`, and its training curve. `name` labels the progress bar.

    With a `checkpoint`, interrupted training resumes and ends with the same bytes as if it had not been interrupted.
    `on_point` is called with each point of the curve as soon as it is known; after resuming, it also gets the earlier
    points.

    Raises UserError if the loss becomes NaN or infinite, and Interrupted if the process was asked to stop.
    """
    if isinstance(config, TrainingConfig):
        return _train(config, corpus, name, checkpoint, on_point)
    model = build(config, corpus.vocabulary, corpus.longest)
    curve = model.fit(corpus) or [curve_point(model, corpus, step=0, lr=0.0)]
    for point in curve:
        on_point(point)
    return model.eval(), curve


def _train(
    config: TrainingConfig, corpus: Corpus, name: str, checkpoint: Checkpoint | None, on_point: Callable[[Point], None]
) -> tuple[AnyModel, list[Point]]:
    loop = Loop.start(corpus, config)
    state = checkpoint.load() if checkpoint else None
    if state:
        loop.restore(state)
    for point in loop.curve:
        on_point(point)
    steps = range(loop.step + 1, config.steps + 1)
    progress = tqdm(steps, name, config.steps, unit="step", initial=loop.step, disable=None, file=sys.stderr)
    with stop_requests() as stop_requested:
        for _ in progress:
            known = len(loop.curve)
            loss = loop.take_step()
            for point in loop.curve[known:]:
                on_point(point)
            progress.set_postfix(loss=f"{loss:.3f}", dev=f"{loop.curve[-1].dev_nll:.3f}", refresh=False)
            if stop_requested():
                saved = not checkpoint or checkpoint.save(loop.state())
                resumes = "resumes from there" if saved else "starts over, because no checkpoint could be saved"
                raise Interrupted(f"{name}: stopped after step {loop.step} of {config.steps}; `dvc repro` {resumes}")
            if checkpoint and checkpoint.due():
                checkpoint.save(loop.state())
    return loop.best_model(), loop.curve
