"""`makemore runs`: which MLflow run shows what lies here; `makemore sweep`: what the experiments of a sweep came to."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlflow.entities import Run

from makemore.errors import UserError
from makemore.params import Params
from makemore.tracking.delivery import KEY, SWEEP, find
from makemore.tracking.record import Record
from makemore.tracking.store import Store, open_store, reason


def runs(params: Params) -> str:
    """A line for each variant: its run, its NLL on dev, and the link to the run in the UI.

    Raises UserError where there are no results, or where the store cannot be reached.
    """
    try:
        keys = {variant: Record.of(variant, params).key for variant in params.variants}
    except FileNotFoundError as error:
        raise UserError(f"{error.filename}: no such file; `dvc pull` or `dvc repro` brings it") from None
    with _asking():
        store = open_store(Path(), params.track.experiment)
        lines = [_line(store, variant, key) for variant, key in keys.items()]
    return "\n".join([f"{'variant':12} {'dev NLL':>8}  {'run':32}  link", *lines])


def sweep_table(name: str, params: Params) -> str:
    """The runs of a sweep as a Markdown table, the best on dev first, with the parameters in which they differ.

    Raises UserError where there is no such sweep, or where the store cannot be reached.
    """
    with _asking():
        store = open_store(Path(), params.track.experiment)
        parents = find(store, {}, "= 'FINISHED' and tags.`makemore.sweep` != ''")
        ids = [run.info.run_id for run in parents if run.data.tags[SWEEP] == name]
        found = [run for each in ids for run in find(store, {"mlflow.parentRunId": each}, "= 'FINISHED'")]
    if not ids:
        known = ", ".join(sorted({run.data.tags[SWEEP] for run in parents})) or "none"
        raise UserError(f"there is no sweep {name!r} on record; there is: {known}")
    variants = {run.data.params["variant"] for run in found}
    changed = {key for variant in variants for key in _differing(found, variant)}
    columns = ["experiment", "variant", *sorted(changed), "dev NLL", "test NLL"]
    rows = [
        [
            run.data.tags["dvc.experiment"],
            run.data.params["variant"],
            *(run.data.params.get(key, "") for key in sorted(changed)),
            f"{run.data.metrics['dev.nll']:.4f}",
            f"{run.data.metrics.get('test.nll', math.nan):.4f}",
        ]
        for run in sorted(found, key=lambda run: float(run.data.metrics["dev.nll"]))
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (columns, ["---"] * len(columns), *rows))


def _differing(found: list[Run], variant: str) -> set[str]:
    """The parameters in which the runs of a variant differ."""
    shown = [run.data.params for run in found if run.data.params["variant"] == variant]
    return {key for each in shown for key in each if len({other.get(key) for other in shown}) > 1}


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # whatever MLflow, SQLite or the network comes up with
        raise UserError(f"MLflow cannot be asked: {reason(error)}") from None


def _line(store: Store, variant: str, key: str) -> str:
    found = find(store, {KEY: key}, "= 'FINISHED'")
    if not found:
        return f"{variant:12} {'':8}  {'not on record; `dvc repro` writes it':32}"
    run = found[0]
    link = f"{_ui()}/#/experiments/{store.experiment_id}/runs/{run.info.run_id}"
    return f"{variant:12} {run.data.metrics['dev.nll']:8.4f}  {run.info.run_id:32}  {link}"


def _ui() -> str:
    """Where the UI is: the server's own, or what `make ui` opens."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")  # without a password: open_store has taken it out
    return uri.rstrip("/") if uri.startswith("http") else "http://127.0.0.1:5000"
