"""`makemore runs`: which MLflow run shows what lies here."""

import os
from pathlib import Path

from makemore.errors import UserError
from makemore.params import Params
from makemore.tracking.delivery import KEY, find
from makemore.tracking.record import Record
from makemore.tracking.store import VIEW, Store, asking, nll, open_store


def runs(params: Params) -> str:
    """A line for each variant: its run, its NLL on dev, and the link to the run in the UI; the link to all of them.

    Raises UserError where there are no results, or where the store cannot be reached.
    """
    try:
        keys = {variant: Record.of(variant, params).key for variant in params.variants}
    except FileNotFoundError as error:
        raise UserError(f"{error.filename}: no such file; `dvc pull` or `dvc repro` brings it") from None
    with asking():
        store = open_store(Path(), params.track.experiment)
        lines = [_line(store, variant, key) for variant, key in keys.items()]
    table = f"all runs, best first: {_ui()}/#/experiments/{store.experiment_id}/runs?viewStateShareKey={VIEW}"
    return "\n".join([f"{'variant':12} {'dev NLL':>8}  {'run':32}  link", *lines, table])


def _line(store: Store, variant: str, key: str) -> str:
    found = find(store, {KEY: key}, "= 'FINISHED'")
    if not found:
        return f"{variant:12} {'':8}  {'not on record; `dvc repro` writes it':32}"
    run = found[0]
    link = f"{_ui()}/#/experiments/{store.experiment_id}/runs/{run.info.run_id}"
    return f"{variant:12} {nll(run, 'dev'):8.4f}  {run.info.run_id:32}  {link}"


def _ui() -> str:
    """Where the UI is: the server's own, or what `make ui` opens."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")  # without a password: open_store has taken it out
    return uri.rstrip("/") if uri.startswith("http") else "http://127.0.0.1:5000"
