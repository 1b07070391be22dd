"""`makemore runs`: the MLflow runs of the results in this folder."""

from pathlib import Path

from makemore.core.errors import UserError
from makemore.core.params import Params
from makemore.tracking.limits import queries
from makemore.tracking.results import TrackedResults
from makemore.tracking.run import KEY, find_runs, nll
from makemore.tracking.store import Store, open_store
from makemore.tracking.views import links


def runs(params: Params) -> str:
    """A line for each variant: its dev NLL, its run, and a link to it. The last line links to the table of all runs.

    Raises UserError if there are no results, or if MLflow cannot be queried.
    """
    try:
        keys = {variant: TrackedResults.of(variant, params).key for variant in params.variants}
    except FileNotFoundError as error:
        raise UserError(f"{error.filename}: no such file; run `dvc pull` or `dvc repro`") from None
    with queries():
        store = open_store(Path(), params.track.experiment)
        lines = [_line(store, variant, key) for variant, key in keys.items()]
    table = f"all runs, best first: {links.to_table(_ui(), store)}"
    return "\n".join([f"{'variant':12} {'dev NLL':>8}  {'run':32}  link", *lines, table])


def _line(store: Store, variant: str, key: str) -> str:
    found = find_runs(store, {KEY: key}, "= 'FINISHED'")
    if not found:
        return f"{variant:12} {'':8}  not in MLflow; `dvc repro` writes it"
    run = found[0]
    return f"{variant:12} {nll(run, 'dev'):8.4f}  {run.info.run_id:32}  {links.to_run(_ui(), store, run)}"


def _ui() -> str:
    """The address of the UI: the server's own, or the one that `make ui` opens."""
    return links.server() or links.local(links.PORT)
