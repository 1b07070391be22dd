"""The table of a sweep and the data of its charts, from the commits of its experiments."""

import math
from collections.abc import Mapping
from typing import Any

import pytest

from makemore.core.errors import UserError
from makemore.sweeps.plan import experiment_ref, make_plan
from makemore.sweeps.results import Sweep, read_sweep, results_of
from tests.unit.sweeps.conftest import Repository


def sweep(repository: Repository, *experiments: tuple[list[str], Mapping[str, float | str]], when: int = 1) -> Sweep:
    """The sweep of these experiments: their settings, and their losses."""
    plan = make_plan("rate", [settings for settings, _ in experiments])
    for experiment, (_, losses) in zip(plan.experiments, experiments, strict=True):
        repository.add_experiment(experiment.name, experiment.tree, losses, when)
    return read_sweep("rate")


def test_table_has_the_best_first_and_the_parameters_that_differ(repository: Repository) -> None:
    found = sweep(
        repository,
        (["variants.rnn.lr=0.1", "variants.rnn.cell=gru"], {"rnn": 2.5, "gpt": 1.0}),
        (["variants.rnn.lr=0.2", "variants.rnn.cell=rnn"], {"rnn": 2.25, "gpt": 1.0}),
        (["variants.rnn.lr=0.3", "variants.rnn.cell=rnn"], {"rnn": "Infinity", "gpt": 1.0}),
    )
    assert found.table() == [
        ["experiment", "variant", "cell", "lr", "dev NLL", "test NLL"],
        ["rate-2", "rnn", "rnn", "0.2", "2.2500", "2.2500"],
        ["rate-1", "rnn", "gru", "0.1", "2.5000", "2.5000"],
        ["rate-3", "rnn", "rnn", "0.3", "inf", "inf"],
    ]


def test_single_experiment_is_compared_with_its_baseline(repository: Repository) -> None:
    found = sweep(repository, (["variants.gpt.lr=0.5"], {"gpt": 2.0, "rnn": 3.0}))
    assert found.table() == [
        ["experiment", "variant", "lr", "dev NLL", "test NLL"],
        ["rate-1", "gpt", "0.5", "2.0000", "2.0000"],
    ]


def test_json_has_values_and_losses_in_full(repository: Repository) -> None:
    found = sweep(repository, (["variants.gpt.lr=0.5"], {"gpt": 2.0625}), (["variants.gpt.lr=0.6"], {"rnn": 1.0}))
    assert found.as_json()["results"] == [
        {"experiment": "rate-1", "variant": "gpt", "params": {"lr": "0.5"}, "dev_nll": 2.0625, "test_nll": 2.0625},
        {"experiment": "rate-2", "variant": "gpt", "params": {"lr": "0.6"}, "dev_nll": None, "test_nll": None},
    ]


def test_results_of_an_experiment_are_those_of_the_variants_that_it_sets(repository: Repository) -> None:
    """Also if it sets what params.yaml has, so that nothing differs."""
    plan = make_plan("same", [["sample.seed=1"]])
    repository.add_experiment("same-1", plan.experiments[0].tree, {"gpt": 2.0, "rnn": 3.0}, 1)
    ref = experiment_ref(plan.baseline, "same-1")
    assert [(each.variant, each.dev) for each in results_of("same-1", ref, ["variants.rnn.lr"])] == [("rnn", 3.0)]
    assert {each.variant for each in results_of("same-1", ref, ["sample.seed"])} >= {"gpt", "rnn"}


def test_parameter_outside_of_variants_concerns_all(repository: Repository) -> None:
    found = sweep(repository, (["sample.seed=2"], {"gpt": 2.0}), (["sample.seed=3"], {"gpt": 1.5, "rnn": 3.0}))
    assert [row[:4] for row in found.table()] == [
        ["experiment", "variant", "sample.seed", "dev NLL"],
        ["rate-2", "gpt", "3", "1.5000"],
        ["rate-1", "gpt", "2", "2.0000"],
        ["rate-2", "rnn", "3", "3.0000"],
        ["rate-1", "rnn", "2", "nan"],
    ]


def test_losses_have_numbers_where_values_are_numbers(repository: Repository) -> None:
    found = sweep(
        repository,
        (["variants.rnn.lr=1e-3", "variants.rnn.cell=gru"], {"rnn": 2.25}),
        (["variants.rnn.lr=2e-3", "variants.rnn.cell=rnn"], {"rnn": "Infinity"}),
    )
    rows: list[dict[Any, Any]] = found.losses().to_dict("records")
    assert rows == [
        {"variant": "cell gru, lr 0.001", "nll": 2.25, "cell": "gru", "lr": 0.001},
        {"variant": "cell rnn, lr 0.002", "nll": math.inf, "cell": "rnn", "lr": 0.002},
    ]


def test_labels_name_the_variant_if_there_are_several(repository: Repository) -> None:
    settings = [["variants.rnn.lr=1", "variants.gpt.lr=1"], ["variants.rnn.lr=2", "variants.gpt.lr=2"]]
    found = sweep(repository, *((each, {"rnn": 2.5, "gpt": 2.0}) for each in settings))
    assert set(found.losses()["variant"]) == {f"variant {name}, lr {lr}" for name in ("rnn", "gpt") for lr in (1, 2)}


def test_current_commit_is_preferred_to_the_newest_experiment(repository: Repository) -> None:
    one, two = (["variants.gpt.lr=0.1"], {"gpt": 1.0}), (["variants.gpt.lr=0.2"], {"gpt": 2.0})
    first = sweep(repository, one, when=9)
    repository.commit()
    assert read_sweep("rate") == first
    second = sweep(repository, two, when=1)
    assert (len(second.results), second.results[0].params["lr"]) == (1, "0.2")
    repository.commit()
    assert read_sweep("rate") == first


def test_unknown_sweep_names_the_known_ones(repository: Repository) -> None:
    with pytest.raises(UserError, match="there is no sweep 'rate'; known sweeps: none"):
        read_sweep("rate")
    sweep(repository, (["variants.gpt.lr=0.1"], {"gpt": 1.0}))
    with pytest.raises(UserError, match="there is no sweep 'other'; known sweeps: rate"):
        read_sweep("other")
