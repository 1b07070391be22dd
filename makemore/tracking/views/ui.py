"""`makemore ui`: MLflow's UI, and the link to its table with the columns that we compare."""

import os
import socket
import sys
from pathlib import Path

from makemore.core.errors import UserError
from makemore.core.params import Params
from makemore.tracking.limits import queries
from makemore.tracking.store import open_store
from makemore.tracking.views import links


def ui(params: Params, port: int) -> None:
    """Prints the link. Unless the store is behind a server, which has a UI, it then becomes one on 127.0.0.1.

    Raises UserError if MLflow cannot be queried, or if the port cannot be used.
    """
    with queries():
        store = open_store(Path(), params.track.experiment)
    if links.server():
        print(f"all runs, best first: {links.to_table(links.server(), store)}")
        return
    _check_port(port)
    print(f"all runs, best first: {links.to_table(links.local(port), store)}", flush=True)
    # Not as an argument: everyone on this machine can read those, and the address of a database contains its password.
    os.environ["MLFLOW_BACKEND_STORE_URI"] = store.client.tracking_uri
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")  # of evaluations, which we do not have
    server = ("-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1")
    os.execv(sys.executable, [sys.executable, *server])  # noqa: S606


def _check_port(port: int) -> None:
    if not 0 < port < 2**16:
        raise UserError(f"port {port}: choose one from 1 to {2**16 - 1}")
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except OSError as error:
        raise UserError(f"port {port}: {error.strerror}; choose another one (make ui PORT=...)") from None
