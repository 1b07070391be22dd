"""The table of a sweep, and the data of its charts, from runs that no store holds.

mlflow is imported inside the tests: it takes seconds, and few of the unit tests need it.
"""

import math
import sys
from typing import TYPE_CHECKING, Any

from makemore.models.base import Point

if TYPE_CHECKING:
    from mlflow.entities import Run

    from makemore.tracking.views.sweep import Sweep

CURVE = [Point(0, 3.0, 3.0, 0.0)]


def run(experiment: str, dev: float, test: float | None = 2.75, **params: str) -> "Run":
    from mlflow.entities import Metric, Param, Run, RunData, RunInfo, RunTag

    losses = {"dev.nll": dev} | ({} if test is None else {"test.nll": test})
    info = RunInfo(experiment, "1", "me", "FINISHED", 0, 1, "active")
    data = RunData(
        [Metric(name, value, 0, 0) for name, value in losses.items()],
        [Param(name, value) for name, value in params.items()],
        [RunTag("dvc.experiment", experiment)],
    )
    return Run(info, data)


def sweep(*runs: "Run") -> "Sweep":
    from makemore.tracking.views.sweep import Sweep, _parameters

    return Sweep("rate", [(each, CURVE) for each in runs], _parameters(list(runs)))


def test_table_shows_the_parameters_that_differ() -> None:
    found = sweep(
        run("rate-2", 2.25, variant="gpt", lr="0.01", cell="gru", seed="1"),
        run("rate-1", 2.5, None, variant="gpt", lr="0.02", cell="rnn", seed="1"),
    )
    assert found.table() == [
        ["experiment", "variant", "cell", "lr", "dev NLL", "test NLL"],
        ["rate-2", "gpt", "gru", "0.01", "2.2500", "2.7500"],
        ["rate-1", "gpt", "rnn", "0.02", "2.5000", "nan"],
    ]


def test_parameters_of_different_variants_are_not_compared() -> None:
    found = sweep(
        run("rate-1", 2.25, variant="gpt", lr="0.01", n_head="4"),
        run("rate-2", 2.5, variant="count", smoothing="1"),
        run("rate-3", 2.75, variant="count", smoothing="2"),
    )
    assert found.parameters == ["smoothing"]
    assert [row[2] for row in found.table()[1:]] == ["", "1", "2"]


def test_infinite_loss_is_read_back_from_the_largest_float() -> None:
    """Databases have no infinity, so MLflow stores the largest float."""
    assert sweep(run("rate-1", sys.float_info.max, variant="count")).table()[1][2] == "inf"


def test_losses_have_numbers_where_values_are_numbers() -> None:
    found = sweep(
        run("rate-1", 2.25, variant="gpt", lr="1e-3", cell="gru"),
        run("rate-2", math.inf, variant="gpt", lr="2e-3", cell="rnn"),
    )
    rows: list[dict[Any, Any]] = found.losses().to_dict("records")
    assert rows == [
        {"variant": "cell gru, lr 1e-3", "nll": 2.25, "cell": "gru", "lr": 0.001},
        {"variant": "cell rnn, lr 2e-3", "nll": math.inf, "cell": "rnn", "lr": 0.002},
    ]


def test_labels_name_the_variant_if_there_are_several() -> None:
    found = sweep(run("rate-1", 2.25, variant="gpt", lr="1"), run("rate-2", 2.5, variant="gpt", lr="2"))
    assert list(found.curves()) == ["lr 1", "lr 2"]
    found = sweep(run("rate-1", 2.25, variant="gpt", lr="1"), run("rate-2", 2.5, variant="mlp", lr="2"))
    assert found.curves() == {"variant gpt": CURVE, "variant mlp": CURVE}
