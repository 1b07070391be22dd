"""What MLflow costs a training: steps of the variant gpt with no record, with a healthy server, and with sick ones.

Each training runs in a process of its own (outage_step.py), in turns. The healthy server runs on this machine too, and
so does the process that carries the journal to it: what they compute is in its times. CPU time is that of the training
alone, and stays the same where others work on the machine; for that its threads must not spin while they wait.
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.harness import ROOT, table
from makemore.params import Params

ROUNDS = 5
NO_RECORD = "no record"


def main(_: Params) -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        server(Path(name)) as healthy,
        socket.create_server(("127.0.0.1", 0)) as silent,
    ):
        uris = {
            NO_RECORD: "",
            "a healthy server": healthy,
            "one that refuses connections": f"http://127.0.0.1:{free_port()}",
            "one that takes requests and never answers": f"http://127.0.0.1:{silent.getsockname()[1]}",
        }
        measured: dict[str, list[tuple[float, float]]] = {case: [] for case in uris}
        for _round in range(ROUNDS):
            for case, uri in uris.items():
                measured[case].append(measure(uri))
    walls = {case: [wall for wall, _ in each] for case, each in measured.items()}
    cpus = {case: [cpu for _, cpu in each] for case, each in measured.items()}
    table(
        f"A training step of the variant gpt, median (smallest, largest) of {ROUNDS} trainings",
        ("MLflow", "ms", "times no record", "CPU ms", "times no record"),
        [(case, *figures(walls, case), *figures(cpus, case)) for case in uris],
    )


def figures(times: dict[str, list[float]], case: str) -> tuple[str, str]:
    """The median of a case in milliseconds, with its range, and its ratio to that of no record."""
    middle, low, high = (1000 * of(times[case]) for of in (statistics.median, min, max))
    ratio = middle / 1000 / statistics.median(times[NO_RECORD])
    return f"{middle:.1f} ({low:.1f}, {high:.1f})", f"{ratio:.3f}"


def measure(uri: str) -> tuple[float, float]:
    """The seconds of a step, and those of the CPU, of a training that is recorded at `uri`, or nowhere."""
    with tempfile.TemporaryDirectory() as folder:  # of the journal: each time a training of its own
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "DVC_"))}
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", "outage_step", "--here", "native"],
            cwd=ROOT,
            env=environment | {"DVC_ROOT": folder, "MLFLOW_TRACKING_URI": uri, "OMP_WAIT_POLICY": "passive"},
            capture_output=True,
            text=True,
            check=True,
        )
        wall, cpu = map(float, done.stdout.split())
        return wall, cpu


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The address of an `mlflow server` that keeps its record in `folder`."""
    port = free_port()
    store = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder)]
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1", *store],
        env=os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    uri = f"http://127.0.0.1:{port}"
    try:
        while process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"{uri}/health", timeout=5):  # noqa: S310
                break
            time.sleep(0.25)
        yield uri
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
