"""The gradient loop: schedule, curve, best weights, and the same seed giving the same bytes."""

import math
from typing import Any

import pytest
import torch

from makemore import training
from makemore.calibration import calibrate
from makemore.corpus import PAD, Corpus, split_words
from makemore.errors import UserError
from makemore.evaluation import likelihood
from makemore.models import Model, Point, TrainingConfig, build, gpt, parse_config
from makemore.training import Loop, learning_rate, train
from tests.conftest import CONFIGS, PARAMS, ROOT


@pytest.fixture(scope="module")
def names_in_order() -> Corpus:
    """The embedded corpus, which is sorted."""
    words = (ROOT / "datasets" / "names.txt").read_text(encoding="utf-8").split()
    return Corpus.of(split_words(words, [], PARAMS.data), ".")


def run(corpus: Corpus, **changes: Any) -> tuple[Model, list[Point]]:
    return train(parse_config("gpt", {**CONFIGS["gpt"], **changes}), corpus, "gpt")


def test_schedule_warms_up_and_decays_to_zero() -> None:
    config = TrainingConfig.model_validate(
        {"model": "gpt", "steps": 100, "optimizer": "adamw", "batch_size": 1, "lr": 2.0, "warmup_steps": 10}
        | {"weight_decay": 0, "eval_every": 1, "seed": 0}
    )
    rates = [learning_rate(step, config) for step in range(1, 101)]
    assert rates[:10] == pytest.approx([0.2 * step for step in range(1, 11)])
    assert rates[54] == pytest.approx(1.0)
    assert rates[-1] == 0
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert learning_rate(1, config.model_copy(update={"warmup_steps": 0})) < 2.0


def test_curve_has_a_point_at_the_start_every_few_steps_and_at_the_end(corpus: Corpus) -> None:
    _, curve = run(corpus, steps=25)
    assert [point.step for point in curve] == [0, 10, 20, 25]
    assert curve[0].dev_nll == pytest.approx(math.log(len(corpus.vocabulary)))
    assert curve[-1].train_nll < curve[0].train_nll


def test_the_weights_kept_are_the_best_on_dev(corpus: Corpus) -> None:
    """Divided by their temperature, which makes them better still."""
    config = gpt.Config.model_validate({**CONFIGS["gpt"], "steps": 200, "dropout": 0.0})
    loop = Loop.start(corpus, config)
    for _ in range(config.steps):
        loop.advance()
    best = min(point.dev_nll for point in loop.curve)
    assert best < loop.curve[-1].dev_nll, "ten names are overfitted in 200 steps, or this test shows nothing"
    kept = build(config, corpus.vocabulary, corpus.longest)
    kept.load_state_dict(loop.best)
    assert likelihood(kept, corpus.rows["dev"]).mean() == best
    calibrate(kept, corpus.rows["dev"])
    assert likelihood(kept, corpus.rows["dev"]).mean() < best
    for name, weights in loop.best_model().state_dict().items():
        assert torch.equal(weights, kept.state_dict()[name]), name


def test_the_seed_decides_every_bit(corpus: Corpus) -> None:
    first, again, other = run(corpus)[0], run(corpus)[0], run(corpus, seed=2)[0]
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))


def test_padding_has_no_part_in_the_loss(corpus: Corpus) -> None:
    model, _ = run(corpus, dropout=0.0)
    padded = [row for row in corpus.rows["train"] if row[-1] == PAD]
    names = [row[row != PAD].unsqueeze(0) for row in padded]
    lengths = [name.shape[1] - 1 for name in names]
    expected = sum(model.loss(name).item() * length for name, length in zip(names, lengths, strict=True))
    assert model.loss(torch.stack(padded)).item() == pytest.approx(expected / sum(lengths), abs=1e-5)


def test_a_loss_that_breaks_in_the_last_step_is_found(corpus: Corpus) -> None:
    with pytest.raises(UserError, match="the loss became nan at step 1"):
        run(corpus, lr=1e30, steps=1, warmup_steps=1)


def test_train_nll_of_the_curve_is_of_names_from_all_of_train(names_in_order: Corpus) -> None:
    """A corpus may be sorted: its first names are no sample of it."""
    model, curve = train(parse_config("count", CONFIGS["count"]), names_in_order, "count")
    assert curve[0].train_nll == pytest.approx(likelihood(model, names_in_order.rows["train"]).mean(), abs=0.03)


def test_a_loss_that_is_not_finite_stops_the_training(corpus: Corpus) -> None:
    with pytest.raises(UserError, match=r"the loss became nan at step \d+; lower lr, or give it more warm-up"):
        run(corpus, lr=1e30, warmup_steps=0)


def test_muon_moves_the_hidden_matrices_and_adamw_the_rest(corpus: Corpus) -> None:
    config = gpt.Config.model_validate(CONFIGS["gpt"] | {"optimizer": "muon"})
    model = build(config, corpus.vocabulary, corpus.longest)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    adamw, muon = training._optimizers(model, config)
    moved = {names[id(p)] for group in muon.param_groups for p in group["params"]}
    rest = {names[id(p)] for group in adamw.param_groups for p in group["params"]}
    hidden = ("attention.query_key_value", "attention.project", "mlp.widen", "mlp.project")
    assert moved == {f"blocks.{block}.{name}.weight" for block in range(config.n_layer) for name in hidden}
    assert moved | rest == set(names.values())
    assert not moved & rest
    decayed = {names[id(p)] for p in adamw.param_groups[0]["params"]}
    assert rest - decayed == {name for name in rest if "norm" in name or name.endswith("bias")}
