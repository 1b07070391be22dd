"""What MLflow costs a training: a step of the variant gpt without tracking, with a healthy server, and in two outages.

Each training runs in its own process, and the cases take turns. The healthy server and the process that streams to it
run on this machine too, so the wall times include their share of it. The CPU time is that of the training alone and
does not depend on what else the machine does, provided that waiting threads do not spin (OMP_WAIT_POLICY).
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
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from benchmarks.harness import all_train, gpt_config, in_process, in_turns, read_names, table
from makemore.core.curve import Point
from makemore.core.errors import UserError
from makemore.core.params import Params
from makemore.training.journal import streamed_journal
from makemore.training.loop import Loop

ROUNDS = 5
SECONDS = 12
WARM_UP = 6  # seconds that are not measured, because the process that streams is starting
EVERY = 10  # steps between two points: more points than with params.yaml
NO_TRACKING = "no tracking"


def main(_: Params) -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        server(Path(name)) as healthy,
        socket.create_server(("127.0.0.1", 0)) as silent,
    ):
        uris = {
            NO_TRACKING: "",
            "a healthy server": healthy,
            "a server that refuses connections": f"http://127.0.0.1:{free_port()}",
            "a server that accepts requests and never answers": f"http://127.0.0.1:{silent.getsockname()[1]}",
        }
        measured = in_turns(uris, lambda case: measure(uris[case]), ROUNDS)
    walls, cpus = ({case: [one[which] for one in each] for case, each in measured.items()} for which in (0, 1))
    table(
        f"A training step of the variant gpt: median (minimum, maximum) of {ROUNDS} trainings",
        ("MLflow", "ms", "relative to no tracking", "CPU ms", "relative to no tracking"),
        [(case, *figures(walls, case), *figures(cpus, case)) for case in uris],
    )


def figures(times: dict[str, list[float]], case: str) -> tuple[str, str]:
    """The median time of a case in milliseconds with its range, and the ratio to the median without tracking."""
    middle, low, high = (1000 * of(times[case]) for of in (statistics.median, min, max))
    ratio = middle / 1000 / statistics.median(times[NO_TRACKING])
    return f"{middle:.1f} ({low:.1f}, {high:.1f})", f"{ratio:.3f}"


def measure(uri: str) -> list[float]:
    """Wall and CPU seconds of a step, in a training tracked at `uri`, or not at all if it is empty."""
    with tempfile.TemporaryDirectory() as folder:  # for the journal: each training must be a new one
        environment = {"DVC_ROOT": folder, "MLFLOW_TRACKING_URI": uri, "OMP_WAIT_POLICY": "passive"}
        found: list[float] = in_process("outage.step", "native", **environment)
        return found


def step(params: Params) -> tuple[float, float]:
    """The median wall and CPU seconds of a step, in a training of some seconds with a journal like in its stage."""
    loop = Loop.start(all_train(read_names()[0]), gpt_config(params))
    shown, walls, cpus = params.of_variant("gpt", ("data", "compute")), [], []
    tracked = os.environ["MLFLOW_TRACKING_URI"]
    began = time.perf_counter()
    with streamed_journal("gpt", "outage", shown, "outage") if tracked else nullcontext() as journal:
        while time.perf_counter() - began < SECONDS:
            started, cpu = time.perf_counter(), time.process_time()
            loss = loop.take_step()
            if journal and loop.step % EVERY == 0:
                journal.point(Point(loop.step, loss, loss, 0.0))
            if started - began > WARM_UP:
                walls.append(time.perf_counter() - started)
                cpus.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus)


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The address of an `mlflow server` that keeps everything in `folder`.

    Raises UserError if the server does not start.
    """
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
        else:
            raise UserError(f"outage: mlflow server stopped with exit status {process.returncode}")
        yield uri
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
