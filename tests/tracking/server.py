"""Real servers on loopback, and waiting for them."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answers(url: str) -> bool:
    """Whether a GET of `url` succeeds."""
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):  # noqa: S310
        return True
    return False


def wait_for(condition: Callable[[], T], seconds: float = 60) -> T:
    """Polls `condition` until it is true, and returns its value. Fails after `seconds`."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, f"not true within {seconds:g} seconds"
        time.sleep(0.1)
    return found


def stop(process: "subprocess.Popen[Any]") -> None:
    """Sends SIGKILL to a process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Server:
    """A real `mlflow server` on loopback, with its files in `folder`."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.port = free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self._database = f"sqlite:///{folder}/server.db"
        self._folder, self._arguments, self._environment = folder, arguments, environment
        self.start()

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        store = [] if "--backend-store-uri" in self._arguments else ["--backend-store-uri", self._database]
        artifacts = ("--serve-artifacts", "--artifacts-destination", str(self._folder / "artifacts"))
        address = ("--host", "127.0.0.1", "--port", str(self.port), "--workers", "1")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
        quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with self.log.open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "mlflow", "server", *address, *store, *artifacts, *self._arguments],
                cwd=self._folder,
                env={**inherited, **quiet, **self._environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._process = process

        def ready() -> bool:
            assert process.poll() is None, self.log.read_text(encoding="utf-8")
            return answers(f"{self.uri}/health")

        wait_for(ready, seconds=120)

    def kill(self) -> None:
        """Sends SIGKILL to the server and its workers."""
        stop(self._process)
