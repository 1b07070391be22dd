"""Mean and spread of a sweep over seeds."""

import math

from makemore.sweeps.results import Result, Sweep
from makemore.sweeps.seeds import seeds_table


def sweep(parameters: list[str], *found: tuple[str, dict[str, str], float]) -> Sweep:
    """A sweep with these results: variant, parameters, dev NLL."""
    results = [Result(f"s-{i}", variant, params, dev, dev, "") for i, (variant, params, dev) in enumerate(found)]
    return Sweep("s", "", results, parameters)


def test_mean_and_spread_of_each_combination_the_best_first() -> None:
    table = seeds_table(
        sweep(
            ["lr", "seed"],
            ("gpt", {"lr": "0.1", "seed": "1"}, 2.3),
            ("gpt", {"lr": "0.1", "seed": "2"}, 2.5),
            ("gpt", {"lr": "0.2", "seed": "1"}, 2.0),
            ("gpt", {"lr": "0.2", "seed": "2"}, 2.1),
            ("gpt", {"lr": "0.2", "seed": "3"}, 2.2),
            ("gpt", {"lr": "0.3", "seed": "1"}, 1.0),
        )
    )
    assert table == [
        ["variant", "lr", "seeds", "mean dev NLL", "standard deviation", "lowest", "highest"],
        ["gpt", "0.2", "3", "2.1000", "0.1000", "2.0000", "2.2000"],
        ["gpt", "0.1", "2", "2.4000", "0.1414", "2.3000", "2.5000"],
    ]


def test_infinite_losses_have_no_spread() -> None:
    _, row = seeds_table(sweep(["seed"], ("gpt", {"seed": "1"}, 2.0), ("gpt", {"seed": "2"}, math.inf)))
    assert row == ["gpt", "2", "inf", "–", "2.0000", "inf"]


def test_sweep_without_several_seeds_has_no_spread() -> None:
    assert seeds_table(sweep(["lr"], ("gpt", {"lr": "1"}, 2.0), ("gpt", {"lr": "2"}, 2.0))) == []
    assert seeds_table(sweep(["seed"], ("gpt", {"seed": "1"}, 2.0), ("rnn", {"seed": "1"}, 2.0))) == []
