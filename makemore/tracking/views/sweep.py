"""`makemore sweep`: the experiments of a sweep and their losses."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from mlflow.entities import Run

from makemore.core.errors import UserError
from makemore.core.params import Params
from makemore.models.base.curve import Point
from makemore.tracking.limits import queries
from makemore.tracking.run import PARENT, SWEEP, find_runs, nll, read_curve
from makemore.tracking.store import open_store


@dataclass(frozen=True)
class Sweep:
    """The finished runs of a sweep, best dev NLL first, with their curves, and the parameters in which they differ."""

    name: str
    runs: list[tuple[Run, list[Point]]]
    parameters: list[str]

    def table(self) -> list[list[str]]:
        """A header, and a row for each run."""
        header = ["experiment", "variant", *self.parameters, "dev NLL", "test NLL"]
        rows = [
            [
                run.data.tags["dvc.experiment"],
                run.data.params["variant"],
                *(run.data.params.get(name, "") for name in self.parameters),
                *(f"{nll(run, split):.4f}" for split in ("dev", "test")),
            ]
            for run, _ in self.runs
        ]
        return [header, *rows]

    def losses(self) -> pd.DataFrame:
        """A row for each run: variant (its label), nll (on dev), and the value of each parameter."""
        rows = [
            {"variant": self._label(run), "nll": nll(run, "dev")}
            | {name: _number(run.data.params.get(name, "")) for name in self.parameters}
            for run, _ in self.runs
        ]
        return pd.DataFrame(rows)

    def curves(self) -> dict[str, list[Point]]:
        """The training curve of each run, by its label."""
        return {self._label(run): curve for run, curve in self.runs}

    def _label(self, run: Run) -> str:
        """The name of a run in a chart: its values, preceded by its variant if there are several."""
        several = len({run.data.params["variant"] for run, _ in self.runs}) > 1
        shown = ["variant", *self.parameters] if several else self.parameters
        return ", ".join(f"{name} {run.data.params[name]}" for name in shown if name in run.data.params)


def read_sweep(name: str, params: Params) -> Sweep:
    """The sweep called `name`, as MLflow has it.

    Raises UserError if there is none, or if MLflow cannot be queried.
    """
    with queries():
        store = open_store(Path(), params.track.experiment)
        parents = find_runs(store, {}, f"= 'FINISHED' and tags.`{SWEEP}` != ''")
        ids = [run.info.run_id for run in parents if run.data.tags[SWEEP] == name]
        runs = [run for parent in ids for run in find_runs(store, {PARENT: parent}, "= 'FINISHED'")]
        runs.sort(key=lambda run: nll(run, "dev"))
        with_curves = [(run, read_curve(store, run)) for run in runs]
    if not runs:
        known = ", ".join(sorted({run.data.tags[SWEEP] for run in parents})) or "none"
        raise UserError(f"there is no sweep {name!r} in MLflow; known sweeps: {known}")
    return Sweep(name, with_curves, _parameters(runs))


def _parameters(runs: list[Run]) -> list[str]:
    """The parameters in which the runs of some variant differ."""
    varied: set[str] = set()
    for variant in {run.data.params["variant"] for run in runs}:
        shown = [run.data.params for run in runs if run.data.params["variant"] == variant]
        varied |= {key for each in shown for key in each if len({other.get(key) for other in shown}) > 1}
    return sorted(varied)


def _number(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value
