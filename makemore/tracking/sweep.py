"""`makemore sweep`: what the experiments of a sweep came to, as a Markdown table, and as a page with charts."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mlflow.entities import Run

from makemore.errors import UserError
from makemore.params import Params
from makemore.tracking.delivery import CURVE, SWEEP, find
from makemore.tracking.store import Store, asking, nll, open_store

History = dict[str, list[float]]  # of a training curve: step, train_nll, dev_nll


@dataclass(frozen=True)
class Sweep:
    """The finished runs of a sweep, the best on dev first; the parameters in which they differ; the curves."""

    name: str
    runs: list[Run]
    parameters: list[str]
    histories: list[History]  # of each run; empty where nothing was trained step by step

    def table(self) -> list[list[str]]:
        """A row for the names of the columns, and one for each run."""
        columns = ["experiment", "variant", *self.parameters, "dev NLL", "test NLL"]
        rows = [
            [
                run.data.tags["dvc.experiment"],
                run.data.params["variant"],
                *(run.data.params.get(name, "") for name in self.parameters),
                *(f"{nll(run, split):.4f}" for split in ("dev", "test")),
            ]
            for run in self.runs
        ]
        return [columns, *rows]

    def labels(self) -> list[str]:
        """What each run is called in a chart: by its values, and by its variant where there are several."""
        several = len({run.data.params["variant"] for run in self.runs}) > 1
        shown = ["variant"] * several + self.parameters
        return [
            ", ".join(f"{name} {run.data.params[name]}" for name in shown if name in run.data.params)
            for run in self.runs
        ]


def read_sweep(name: str, params: Params) -> Sweep:
    """The sweep as MLflow has it. Raises UserError where there is none, or where the store cannot be reached."""
    with asking():
        store = open_store(Path(), params.track.experiment)
        parents = find(store, {}, "= 'FINISHED' and tags.`makemore.sweep` != ''")
        ids = [run.info.run_id for run in parents if run.data.tags[SWEEP] == name]
        found = [run for each in ids for run in find(store, {"mlflow.parentRunId": each}, "= 'FINISHED'")]
        found.sort(key=lambda run: nll(run, "dev"))
        histories = [_history(store, run) for run in found]
    if not found:
        known = ", ".join(sorted({run.data.tags[SWEEP] for run in parents})) or "none"
        raise UserError(f"there is no sweep {name!r} on record; there is: {known}")
    return Sweep(name, found, _parameters(found), histories)


def _parameters(runs: list[Run]) -> list[str]:
    """The parameters in which the runs of some variant differ."""
    found: set[str] = set()
    for variant in {run.data.params["variant"] for run in runs}:
        shown = [run.data.params for run in runs if run.data.params["variant"] == variant]
        found |= {key for each in shown for key in each if len({other.get(key) for other in shown}) > 1}
    return sorted(found)


def _history(store: Store, run: Run) -> History:
    points = {name: store.client.get_metric_history(run.info.run_id, f"curve/{name}") for name in CURVE[:2]}
    columns = {name: [point.value for point in sorted(each, key=lambda p: p.step)] for name, each in points.items()}
    return {"step": sorted(float(point.step) for point in points["dev_nll"]), **columns}


def markdown(rows: Iterable[list[str]]) -> str:
    """A Markdown table of `rows`, the first of which names the columns."""
    columns, *others = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in (columns, ["---"] * len(columns), *others))


def page(sweep: Sweep) -> str:
    """The table and its charts as one HTML page, in the style of the report."""
    import pandas as pd  # here: the table alone needs no chart library

    from makemore import reporting

    labels = sweep.labels()
    columns, *rows = sweep.table()
    values = [{name: _number(run.data.params.get(name, "")) for name in sweep.parameters} for run in sweep.runs]
    losses = pd.DataFrame(values).assign(variant=labels, nll=[nll(run, "dev") for run in sweep.runs])
    histories = {
        label: pd.DataFrame(history)
        for label, history in zip(labels, sweep.histories, strict=True)
        if len(history["step"]) > 1
    }
    drawn = reporting.sweep_charts(losses[losses["nll"] < math.inf], sweep.parameters, histories, labels)
    return reporting.html("sweep.html.j2", drawn, name=sweep.name, columns=columns, rows=rows)


def _number(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value
