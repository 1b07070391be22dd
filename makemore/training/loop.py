"""The gradient loop: batches, optimisers, learning rate schedule, curve, and the best weights on dev.

At the end the model is calibrated (calibration.py), so its dev NLL is slightly lower than the best point of the curve.

All randomness in step n is a function of (seed, n). A loop that is restored from a checkpoint therefore continues
exactly, without any state of a random number generator.

Source: linear warm-up and cosine decay as in Radford et al., "Improving Language Understanding by Generative
Pre-Training" (GPT, 2018).
"""

import math
from collections import defaultdict
from collections.abc import Callable

import torch
from torch import Tensor

from makemore.arithmetic import random
from makemore.arithmetic.elementary import cos_sin
from makemore.arithmetic.grids import NotFinite
from makemore.core.curve import Point
from makemore.core.device import CPU
from makemore.core.randomness import derive_seed
from makemore.corpus.corpus import Corpus
from makemore.evaluation import likelihood
from makemore.models.base.catalog import AnyModel, build
from makemore.models.base.config import TrainingConfig
from makemore.models.base.model import Teacher, check_finite, nobody
from makemore.training.batches import batch
from makemore.training.calibration import calibrate
from makemore.training.checkpoint import State
from makemore.training.optimizers import make_optimizers
from makemore.training.smoothing import smoother
from makemore.training.teaching import Lessons

# Sets the gradient of every parameter, and returns the mean loss. Called with model, rows, seed of the training, step,
# and who says something about the rows
Gradient = Callable[[AnyModel, Tensor, int, int, Teacher], float]


def whole_batch(model: AnyModel, rows: Tensor, seed: int, step: int, teacher: Teacher = nobody) -> float:
    """The gradient of a batch as a whole. (shards.py adds it up from those of its shards.)"""
    random.manual_seed(derive_seed(seed, "dropout", step))
    loss = model.loss(rows, teacher(rows))
    model.zero_grad()
    loss.backward()
    return loss.item()


class Loop:
    """The state of training between two steps: model, optimisers, curve and best weights."""

    def __init__(
        self, model: AnyModel, corpus: Corpus, config: TrainingConfig, gradient: Gradient, lessons: Lessons | None
    ) -> None:
        self.model, self.corpus, self.config, self._gradient, self._lessons = model, corpus, config, gradient, lessons
        self.optimizers = make_optimizers(model, config)
        self._smoother = nobody if lessons else smoother(corpus, config.smoothing)
        self.step = 0
        self.curve: list[Point] = []
        self.best: dict[str, Tensor] = {}

    @classmethod
    def start(
        cls,
        corpus: Corpus,
        config: TrainingConfig,
        gradient: Gradient = whole_batch,
        device: torch.device = CPU,
        lessons: Lessons | None = None,
    ) -> "Loop":
        """The loop before its first step, with newly initialised weights: the same on every device.

        lessons: what a student is trained on, with the gradient of the whole batch
        """
        random.manual_seed(config.seed)
        model = build(config, corpus.vocabulary, corpus.longest).train().to(device)
        return cls(model, corpus, config, gradient, lessons)

    def take_step(self) -> float:
        """Takes one optimiser step and returns the loss of its batch, in nats.

        Before the first step, every `eval_every` steps, and after the last, it adds a point to the curve.
        """
        if not self.curve:
            self._add_point()
        loss = self.update_weights()
        if self.step % self.config.eval_every == 0 or self.step == self.config.steps:
            self._add_point()
        return loss

    def update_weights(self) -> float:
        """`take_step` without the curve, for the processes of a group that only compute gradients.

        If the gradient raises an error, the state is still that before the step.
        """
        step = self.step + 1
        rows, teacher = self._batch(step)
        try:
            loss = self._gradient(self.model, rows, self.config.seed, step, teacher)
            check_finite(loss, step)
            for optimizer in self.optimizers:
                optimizer.step(learning_rate(step, self.config))
        except NotFinite:
            check_finite(math.nan, step)
        self.step = step
        return loss

    def _batch(self, step: int) -> tuple[Tensor, Teacher]:
        """The names of a step, and who says something about them."""
        if self._lessons is None:
            return batch(self.corpus.names["train"], self.config, step), self._smoother
        rows, taught = self._lessons.batch(self.config, step)
        return rows, lambda _: taught

    def _add_point(self) -> None:
        best_nll = min((point.dev_nll for point in self.curve), default=math.inf)
        point = curve_point(self.model, self.corpus, self.step, learning_rate(self.step, self.config))
        check_finite(point.train_nll + point.dev_nll, self.step)
        self.curve.append(point)
        if point.dev_nll < best_nll:
            self.best = _copy_weights(self.model)

    def best_model(self) -> AnyModel:
        """The best model on dev, calibrated, rounded, in evaluation mode, on the CPU. It ends the training."""
        self.model.load_state_dict(self.best)
        calibrate(self.model.eval(), self.corpus.names["dev"])
        self.model.round_weights()
        return self.model.cpu()

    def state(self) -> State:
        """Everything that the next step depends on."""
        tensors = {f"model/{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors |= {f"best/{name}": tensor for name, tensor in self.best.items()}
        for optimizer in self.optimizers:
            tensors |= {f"{optimizer.name}/{name}": tensor for name, tensor in optimizer.state()}
        return State(self.step, self.curve, tensors)

    def restore(self, state: State) -> None:
        """Sets the loop to `state`, which `state()` returned."""
        self.step, self.curve = state.step, state.curve
        of_owner: dict[str, dict[str, Tensor]] = defaultdict(dict)  # the model, the best weights, each optimiser
        for name, tensor in state.tensors.items():
            owner, _, rest = name.partition("/")
            of_owner[owner][rest] = tensor
        self.model.load_state_dict(of_owner["model"])
        self.best = of_owner["best"]
        for optimizer in self.optimizers:
            for name, tensor in optimizer.state():
                tensor.copy_(of_owner[optimizer.name][name])


def learning_rate(step: int, config: TrainingConfig) -> float:
    """Linear from 0 to lr during the warm-up steps, then half a cosine down to 0 at the last step."""
    if step == 0:
        return 0.0
    if step <= config.warmup_steps:
        return config.lr * step / config.warmup_steps
    progress = (step - config.warmup_steps) / (config.steps - config.warmup_steps)
    cosine, _ = cos_sin(torch.tensor(progress / 2, dtype=torch.float64))
    return config.lr * (1 + cosine.item()) / 2


def curve_point(model: AnyModel, corpus: Corpus, step: int, lr: float) -> Point:
    """The losses on all of dev, and on as many names of train, since all of it would take longer than training."""
    dev = corpus.names["dev"]
    train_nll, dev_nll = likelihood(model, corpus.names["train"].some(len(dev))).mean(), likelihood(model, dev).mean()
    return Point(step=step, train_nll=train_nll, dev_nll=dev_nll, lr=lr)


def _copy_weights(model: AnyModel) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}
