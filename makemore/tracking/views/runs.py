"""`makemore runs`: the MLflow runs of the results in this folder."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from makemore.core.errors import UserError
from makemore.core.params import Params
from makemore.tracking.limits import queries
from makemore.tracking.results import TrackedResults
from makemore.tracking.run import KEY, find_runs, nll
from makemore.tracking.store import Store, open_store
from makemore.tracking.views import links


@dataclass(frozen=True)
class TrackedRun:
    """The run of a variant: its dev NLL, its id and a link to it; None for what MLflow does not have."""

    variant: str
    dev_nll: float | None = None
    run_id: str | None = None
    link: str | None = None


@dataclass(frozen=True)
class TrackedRuns:
    """The run of each variant. table: the link to the table of all runs."""

    runs: list[TrackedRun]
    table: str

    def text(self) -> str:
        """A line for each variant, and one for the table."""
        header = f"{'variant':12} {'dev NLL':>8}  {'run':32}  link"
        return "\n".join([header, *map(_line, self.runs), f"all runs, best first: {self.table}"])

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return asdict(self)


def tracked_runs(params: Params) -> TrackedRuns:
    """The runs of the current results.

    Raises UserError if there are no results, or if MLflow cannot be queried.
    """
    try:
        keys = {variant: TrackedResults.of(variant, params).key for variant in params.variants}
    except FileNotFoundError as error:
        raise UserError(f"{error.filename}: no such file; run `dvc pull` or `dvc repro`") from None
    with queries():
        store = open_store(Path(), params.track.experiment)
        found = [_find(store, variant, key) for variant, key in keys.items()]
    return TrackedRuns(found, links.to_table(_ui(), store))


def _find(store: Store, variant: str, key: str) -> TrackedRun:
    runs = find_runs(store, {KEY: key}, "= 'FINISHED'")
    if not runs:
        return TrackedRun(variant)
    dev = nll(runs[0], "dev")
    return TrackedRun(
        variant, None if math.isnan(dev) else dev, runs[0].info.run_id, links.to_run(_ui(), store, runs[0])
    )


def _line(run: TrackedRun) -> str:
    if run.run_id is None:
        return f"{run.variant:12} {'':8}  not in MLflow; `dvc repro` writes it"
    dev = "–" if run.dev_nll is None else f"{run.dev_nll:.4f}"
    return f"{run.variant:12} {dev:>8}  {run.run_id:32}  {run.link}"


def _ui() -> str:
    """The address of the UI: the server's own, or the one that `make ui` opens."""
    return links.server() or links.local(links.PORT)
