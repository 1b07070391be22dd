"""The one gradient loop: batches, optimisers, schedule, curve, and the weights that were best on dev.

At the end the model is calibrated (calibration.py), so it is a little better than the curve's best point.

Models with a closed form, or with a cheaper way of their own, have a method `fit` and do not come here. Data are
tensors from the start: a batch is an index into them, and there is no loader.
Source of the recipe: Loshchilov & Hutter, "Decoupled Weight Decay Regularization" (AdamW, 2019); Muon: see muon.py;
linear warm-up and cosine decay as in Radford et al., "Improving Language Understanding by Generative Pre-Training"
(GPT, 2018).
"""

import math
import sys
from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor
from tqdm import tqdm

from makemore.calibration import calibrate
from makemore.checkpoint import Checkpoint, State, stop_requests
from makemore.corpus import PAD, Corpus
from makemore.errors import Interrupted
from makemore.evaluation import likelihood
from makemore.models import Config, Model, Point, TrainingConfig, build, check_finite
from makemore.muon import Muon

MOMENTUM = 0.9  # Muon's; 0.95 is for longer trainings than ours


def train(
    config: Config,
    corpus: Corpus,
    name: str,
    checkpoint: Checkpoint | None = None,
    on_point: Callable[[Point], None] = lambda _: None,
) -> tuple[Model, list[Point]]:
    """A model fitted to `corpus`, and its training curve. `name` is what the progress bar shows.

    With a `checkpoint`, a training that was stopped goes on from there, and ends with the bytes it would have had.
    `on_point` is called with each point of the curve as soon as it is there; those of before a stop come again.

    Raises UserError where the loss becomes NaN or infinite, and Interrupted where it was asked to stop.
    """
    if isinstance(config, TrainingConfig):
        return _descend(config, corpus, name, checkpoint, on_point)
    model = build(config, corpus.vocabulary, corpus.longest)
    curve = model.fit(corpus) or [_point(model, corpus, step=0, lr=0.0)]
    for point in curve:
        on_point(point)
    return model.eval(), curve


def _descend(
    config: TrainingConfig, corpus: Corpus, name: str, checkpoint: Checkpoint | None, on_point: Callable[[Point], None]
) -> tuple[Model, list[Point]]:
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
            loss = loop.advance()
            for point in loop.curve[known:]:
                on_point(point)
            progress.set_postfix(loss=f"{loss:.3f}", dev=f"{loop.curve[-1].dev_nll:.3f}", refresh=False)
            if stop_requested():
                if checkpoint:
                    checkpoint.save(loop.state())
                raise Interrupted(
                    f"{name}: stopped after step {loop.step} of {config.steps}; `dvc repro` goes on from there"
                )
            if checkpoint and checkpoint.due():
                checkpoint.save(loop.state())
    return loop.best_model(), loop.curve


class Loop:
    """A training between two steps, and how it takes the next.

    All that is random in step n is a function of (seed, n): a loop that was saved and restored goes on as if nothing
    had happened, without any random number generator in the checkpoint.
    """

    def __init__(self, model: Model, corpus: Corpus, config: TrainingConfig) -> None:
        self.model, self.corpus, self.config = model, corpus, config
        self.optimizers = _optimizers(model, config)
        self.step = 0
        self.curve = [_point(model, corpus, step=0, lr=0.0)]
        self.best = _copy(model)

    @classmethod
    def start(cls, corpus: Corpus, config: TrainingConfig) -> "Loop":
        """Before the first step, with fresh weights."""
        torch.manual_seed(config.seed)
        return cls(build(config, corpus.vocabulary, corpus.longest).train(), corpus, config)

    def advance(self) -> float:
        """Takes one optimiser step and returns the loss of its batch, in nats.

        Every `eval_every` steps, and at the last, it adds a point to the curve.
        """
        self.step += 1
        lr = learning_rate(self.step, self.config)
        torch.manual_seed((self.config.seed << 32) + self.step)  # dropout
        loss = self.model.loss(batch(self.corpus.rows["train"], self.config, self.step))
        check_finite(loss.item(), self.step)
        self.model.zero_grad()
        loss.backward()
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = lr
            optimizer.step()
        if self.step % self.config.eval_every == 0 or self.step == self.config.steps:
            best_nll = min(point.dev_nll for point in self.curve)
            self.curve.append(_point(self.model, self.corpus, self.step, lr))
            check_finite(self.curve[-1].train_nll + self.curve[-1].dev_nll, self.step)
            if self.curve[-1].dev_nll < best_nll:
                self.best = _copy(self.model)
        return loss.item()

    def best_model(self) -> Model:
        """The model with the weights that were best on dev, calibrated, ready for evaluation."""
        self.model.load_state_dict(self.best)
        calibrate(self.model.eval(), self.corpus.rows["dev"])
        return self.model

    def state(self) -> State:
        """All that the next step depends on."""
        tensors = {f"model/{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors |= {f"best/{name}": tensor for name, tensor in self.best.items()}
        for optimizer in self.optimizers:
            for index, values in optimizer.state_dict()["state"].items():
                tensors |= {f"{_name(optimizer)}/{index}/{name}": value for name, value in values.items()}
        return State(self.step, [list(point) for point in self.curve], tensors)

    def restore(self, state: State) -> None:
        """Goes back to what `state` returned."""
        self.step = state.step
        self.curve = [Point(int(step), *losses) for step, *losses in state.curve]
        parts: dict[str, dict[str, Tensor]] = defaultdict(dict)
        for name, tensor in state.tensors.items():
            part, _, rest = name.partition("/")
            parts[part][rest] = tensor
        self.model.load_state_dict(parts["model"])
        self.best = parts["best"]
        for optimizer in self.optimizers:
            values: dict[int, dict[str, Tensor]] = defaultdict(dict)
            for name, tensor in parts[_name(optimizer)].items():
                index, _, value = name.partition("/")
                values[int(index)][value] = tensor
            optimizer.load_state_dict({**optimizer.state_dict(), "state": values})


def learning_rate(step: int, config: TrainingConfig) -> float:
    """Linear from 0 to lr over the warm-up steps, then a half cosine down to 0 at the last step."""
    if step <= config.warmup_steps:
        return config.lr * step / config.warmup_steps
    progress = (step - config.warmup_steps) / (config.steps - config.warmup_steps)
    return config.lr * (1 + math.cos(math.pi * progress)) / 2


def batch(rows: Tensor, config: TrainingConfig, step: int) -> Tensor:
    """The names of optimiser step `step` (from 1): some of `rows` (names, width), cut behind the longest of them.

    Each pass over `rows` takes them in a new order, which is a function of (seed, pass); a pass's last batch may be
    small. Columns that hold nothing but PAD are cut off: they would cost time and change nothing.
    """
    per_pass = math.ceil(len(rows) / config.batch_size)
    number, index = divmod(step - 1, per_pass)
    order = _order(len(rows), config.seed, number)
    chosen = rows[order[index * config.batch_size : (index + 1) * config.batch_size]]
    return chosen[:, (chosen != PAD).any(dim=0)]


@lru_cache(maxsize=1)
def _order(count: int, seed: int, number: int) -> Tensor:
    """The order of `count` names in pass `number` (from 0); kept for the steps of the pass."""
    generator = torch.Generator().manual_seed((seed << 32) + 2**31 + number)  # no step's dropout has this seed
    return torch.randperm(count, generator=generator)


def _optimizers(model: Model, config: TrainingConfig) -> list[torch.optim.Optimizer]:
    """AdamW, and where it is asked for Muon for the hidden matrices: those between the embeddings and the head.

    Weight decay is for matrices, and not for biases and the gains of norms.
    """
    hidden, matrices, vectors = [], [], []
    for name, parameter in model.named_parameters():
        if parameter.dim() < 2:
            vectors.append(parameter)
        elif config.optimizer == "muon" and parameter.dim() == 2 and "embedding" not in name and "head" not in name:
            hidden.append(parameter)
        else:
            matrices.append(parameter)
    groups = [{"params": matrices, "weight_decay": config.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    adamw = torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.95), fused=True)
    return [adamw, Muon(hidden, config.lr, config.weight_decay, momentum=MOMENTUM)] if hidden else [adamw]


def _name(optimizer: torch.optim.Optimizer) -> str:
    return type(optimizer).__name__.lower()


def _point(model: Model, corpus: Corpus, step: int, lr: float) -> Point:
    """A point of the curve: dev, and about as many names of train, evenly spread (the corpus may be sorted).

    All of train at each point would take longer than the training.
    """
    dev = corpus.rows["dev"]
    train = corpus.rows["train"][:: max(1, len(corpus.rows["train"]) // len(dev))]
    return Point(step, likelihood(model, train).mean(), likelihood(model, dev).mean(), lr)


def _copy(model: Model) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}
