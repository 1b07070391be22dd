"""The one gradient loop: batches, AdamW, schedule, curve, and the weights that were best on dev.

Models with a closed form, or with a cheaper way of their own, have a method `fit` and do not come here.
Source of the recipe: Loshchilov & Hutter, "Decoupled Weight Decay Regularization" (AdamW, 2019); linear warm-up and
cosine decay as in Radford et al., "Improving Language Understanding by Generative Pre-Training" (GPT, 2018).
"""

import math
import sys
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from makemore.corpus import PAD, Corpus, inputs_and_targets
from makemore.evaluation import likelihood
from makemore.models import Config, Model, Point, TrainingConfig, build, check_finite


def train(config: Config, corpus: Corpus, name: str) -> tuple[Model, list[Point]]:
    """A model fitted to `corpus`, and its training curve. `name` is what the progress bar shows.

    Raises UserError where the loss becomes NaN or infinite.
    """
    if isinstance(config, TrainingConfig):
        return _descend(config, corpus, name)
    model = build(config, corpus.vocabulary, corpus.longest)
    curve = model.fit(corpus)
    return model.eval(), curve or [_point(model, corpus, step=0, lr=0.0)]


def _descend(config: TrainingConfig, corpus: Corpus, name: str) -> tuple[Model, list[Point]]:
    torch.manual_seed(config.seed)  # initial weights and dropout
    model = build(config, corpus.vocabulary, corpus.longest).train()
    optimizer, batches = _adamw(model, config), _batches(corpus.rows["train"], config)
    curve = [_point(model, corpus, step=0, lr=0.0)]
    best_nll, best = curve[0].dev_nll, _copy(model)
    progress = tqdm(range(1, config.steps + 1), desc=name, unit="step", disable=None, file=sys.stderr)
    for step in progress:
        optimizer.param_groups[0]["lr"] = optimizer.param_groups[1]["lr"] = lr = learning_rate(step, config)
        loss = batch_loss(model, next(batches))
        check_finite(loss.item(), step)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % config.eval_every == 0 or step == config.steps:
            curve.append(_point(model, corpus, step, lr))
            if curve[-1].dev_nll < best_nll:
                best_nll, best = curve[-1].dev_nll, _copy(model)
            progress.set_postfix(train=f"{curve[-1].train_nll:.3f}", dev=f"{curve[-1].dev_nll:.3f}", refresh=False)
    model.load_state_dict(best)
    return model.eval(), curve


def learning_rate(step: int, config: TrainingConfig) -> float:
    """Linear from 0 to lr over the warm-up steps, then a half cosine down to 0 at the last step."""
    if step <= config.warmup_steps:
        return config.lr * step / config.warmup_steps
    progress = (step - config.warmup_steps) / (config.steps - config.warmup_steps)
    return config.lr * (1 + math.cos(math.pi * progress)) / 2


def batch_loss(model: Model, rows: Tensor) -> Tensor:
    """Mean NLL of the symbols in `rows`, in nats: the quantity that training lowers."""
    inputs, targets = inputs_and_targets(rows)
    return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten(), ignore_index=PAD)


def _batches(rows: Tensor, config: TrainingConfig) -> Iterator[Tensor]:
    """Endless batches; each pass over `rows` is in a new order, and a pass's last batch may be small.

    A batch is cut behind its longest name: columns that hold nothing but PAD would cost time and change nothing.
    """
    generator = torch.Generator().manual_seed(config.seed)
    while True:
        for chosen in torch.randperm(len(rows), generator=generator).split(config.batch_size):
            batch = rows[chosen]
            yield batch[:, (batch != PAD).any(dim=0)]


def _adamw(model: Model, config: TrainingConfig) -> torch.optim.AdamW:
    """AdamW that decays matrices but neither biases nor the gains of norms."""
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": config.weight_decay},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.95), fused=True)


def _point(model: Model, corpus: Corpus, step: int, lr: float) -> Point:
    """A point of the curve: dev, and as many names of train, since all of them would take longer than the training."""
    dev = corpus.rows["dev"]
    train = corpus.rows["train"][: len(dev)]
    return Point(step, likelihood(model, train).mean(), likelihood(model, dev).mean(), lr)


def _copy(model: Model) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}
