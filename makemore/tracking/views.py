"""What people call: `makemore runs` lists the MLflow runs of the results in this folder, `makemore ui` shows all."""

import errno
import math
import os
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from makemore.core.errors import UserError
from makemore.core.params import Params
from makemore.tracking.limits import queries
from makemore.tracking.run import KEY, find_runs
from makemore.tracking.store import CURVES_VIEW, VIEW, Store, open_store
from makemore.tracking.variant import TrackedVariant

PORT = 5000  # of the UI that `make ui` starts


@dataclass(frozen=True)
class TrackedRun:
    """The run of a variant: its dev NLL, its id and a link to it; None for what MLflow does not have."""

    variant: str
    dev_nll: float | None = None
    run_id: str | None = None
    link: str | None = None

    def text(self) -> str:
        """A line of the table."""
        if self.run_id is None:
            return f"{self.variant:12} {'':8}  not in MLflow; `dvc repro` writes it"
        dev = "–" if self.dev_nll is None else f"{self.dev_nll:.4f}"
        return f"{self.variant:12} {dev:>8}  {self.run_id:32}  {self.link}"


@dataclass(frozen=True)
class TrackedRuns:
    """The run of each variant. table: the link to the table of all runs."""

    runs: list[TrackedRun]
    table: str

    def text(self) -> str:
        """A line for each variant, and one for the table."""
        header = f"{'variant':12} {'dev NLL':>8}  {'run':32}  link"
        return "\n".join([header, *(run.text() for run in self.runs), f"all runs, best first: {self.table}"])

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return asdict(self)


def tracked_runs(params: Params) -> TrackedRuns:
    """The runs of the current results.

    Raises UserError if there are no results, or if MLflow cannot be queried.
    """
    try:
        keys = {variant: TrackedVariant.of(variant, params).key for variant in params.all_variants}
    except FileNotFoundError as error:
        raise UserError(f"{error.filename}: no such file; run `dvc pull` or `dvc repro`") from None
    with queries():
        store = open_store(Path(), params.track.experiment)
        runs = [_find(store, variant, key) for variant, key in keys.items()]
    return TrackedRuns(runs, _table(_server() or _local(PORT), store))


def _find(store: Store, variant: str, key: str) -> TrackedRun:
    runs = find_runs(store, {KEY: key}, "= 'FINISHED'")
    if not runs:
        return TrackedRun(variant)
    dev, run_id = runs[0].data.metrics.get("dev.nll", math.nan), runs[0].info.run_id
    if dev == sys.float_info.max:  # as databases store infinity
        dev = math.inf
    link = f"{_server() or _local(PORT)}/#/experiments/{store.experiment_id}/runs/{run_id}"
    return TrackedRun(variant, None if math.isnan(dev) else dev, run_id, link)


def ui(params: Params, port: int, host: str = "127.0.0.1") -> None:
    """Prints links to the table with our columns and to the curves. Then this process becomes MLflow's UI on `host`.

    A store behind a server has a UI; then none is started.

    Raises UserError if MLflow cannot be queried, or if the host or the port cannot be used.
    """
    with queries():
        store = open_store(Path(), params.track.experiment)
    if _server():
        print(_links(_server(), store))
        return
    _check_address(host, port)
    print(_links(_local(port), store), flush=True)
    # Not as an argument: everyone on this machine can read those, and the address of a database contains its password.
    os.environ["MLFLOW_BACKEND_STORE_URI"] = store.client.tracking_uri
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")  # of evaluations, which we do not have
    server = ("-m", "mlflow", "server", "--host", host, "--port", str(port), "--workers", "1")
    os.execv(sys.executable, [sys.executable, *server])  # noqa: S606


def _check_address(host: str, port: int) -> None:
    if not 0 < port < 2**16:
        raise UserError(f"port {port}: choose one from 1 to {2**16 - 1}")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        problem = getattr(error, "strerror", None) or error
        if host != "127.0.0.1" and getattr(error, "errno", None) != errno.EADDRINUSE:
            raise UserError(f"host {host}: {problem}; HOST=0.0.0.0 listens on all addresses of this machine") from None
        raise UserError(f"port {port}: {problem}; choose another one (make ui PORT=...)") from None


def _table(address: str, store: Store) -> str:
    """The link to the table of all runs with our columns, the best on dev first."""
    return f"{address}/#/experiments/{store.experiment_id}/runs?viewStateShareKey={VIEW}"


def _links(address: str, store: Store) -> str:
    """The links with which to begin: the table, and the curves of all runs in one chart."""
    table = _table(address, store)
    curves = table.replace(f"={VIEW}", f"={CURVES_VIEW}&compareRunsMode=CHART")
    return f"all runs, best first: {table}\ntheir curves: {curves}"


def _server() -> str:
    """The address of the server that the store is behind; empty if the store is a database."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    return uri.rstrip("/") if uri.lower().startswith("http") else ""


def _local(port: int) -> str:
    """The address of a UI on this machine."""
    return f"http://127.0.0.1:{port}"
