"""Runs commands in forked children that have imported torch, DVC and MLflow already: in milliseconds, not seconds.

    python -P tests/warm/server.py SOCKET        until its stdin is closed

A child is as close to a new process as can be. It has the folder, the environment, the streams and the `sys.path` of
its command, and nothing of ours is imported: makemore and the stages are those of the clone in which it runs. Three
things differ: all children have the same hash seed, the process that the caller started only waits for the child
(client.py), and Python does not clean up at the end.

Some libraries have threads: numpy's OpenBLAS, and pyarrow's jemalloc. Both restart them in a forked child.
"""

import atexit
import contextlib
import gc
import importlib
import marshal
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
MODULES = {"stages", "dvc", "makemore.cli", "makemore.report.charts.render"}  # of `python -m`
IMPORTED = [
    *("numpy", "pandas", "pyarrow.parquet", "pydantic", "ruamel.yaml", "filelock", "altair", "vl_convert", "jinja2"),
    *("torch", "torch._dynamo", "safetensors.torch"),  # optimisers import torch._dynamo
    *("dvc.cli.parser", "dvc.repo.reproduce", "dvc.repo.plots", "dvc.parsing", "scmrepo.git", "networkx"),
    *("mlflow.pyfunc.model", "mlflow.tracing.provider", "mlflow.store.tracking.sqlalchemy_store"),
    "mlflow.store.model_registry.sqlalchemy_store",
]
# What the libraries read from the environment when they are loaded
LOADED = {"ATEN_CPU_CAPABILITY", "OMP_WAIT_POLICY", "NPY_DISABLE_CPU_FEATURES"}


class Request:
    """A command that a client has sent over `client`."""

    def __init__(self, client: socket.socket) -> None:
        size, self.streams, _, _ = socket.recv_fds(client, 4, 3)
        content = client.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL)
        self.program: str
        self.arguments: list[str]
        self.folder: str
        self.environment: dict[str, str]
        self.program, self.arguments, self.folder, self.environment = marshal.loads(content)  # noqa: S302 (of our own)
        self.module = ""
        self.safe_path = self.arguments[:1] == ["-P"]
        rest = self.arguments[self.safe_path :]
        if self.program.startswith("python") and rest[:1] == ["-m"]:
            self.module, self.arguments = rest[1], rest[2:]

    @property
    def can_be_warm(self) -> bool:
        """Whether a child of this process would do the same as the program."""
        if self.program.startswith("python") and self.module not in MODULES:
            return False
        for name, value in self.environment.items():
            at_start = name in LOADED or name.startswith(("PYTHON", "LC_", "LANG", "LD_"))
            if at_start and name != "PYTHONPATH" and os.environ.get(name) != value:
                return False
        return True

    def run(self) -> None:
        """Makes this process, a child, the one that the command asks for, and runs it."""
        for number, stream in enumerate(self.streams):
            os.dup2(stream, number)
            os.close(stream)
        for name, mode, number in (("stdin", "r", 0), ("stdout", "w", 1), ("stderr", "w", 2)):
            setattr(sys, name, open(number, mode, closefd=False, errors=getattr(sys, name).errors))  # noqa: SIM115
        sys.stderr.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        if threads := self.environment.get("OMP_NUM_THREADS"):  # torch has read that of this process
            sys.modules["torch"].set_num_threads(int(threads))
        sys.executable = str(Path(sys.argv[1]).with_name("python"))
        more = [each for each in self.environment.get("PYTHONPATH", "").split(os.pathsep) if each]
        if not self.safe_path:
            more.insert(0, self.folder if self.module else str(PROGRAMS))
        sys.path[:0] = more
        if more:
            importlib.invalidate_caches()
            run_sitecustomize()
        sys.argv = [self.program, *self.arguments]
        if self.module:
            runpy.run_module(self.module, run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(str(PROGRAMS / self.program), run_name="__main__")


def run_sitecustomize() -> None:
    """As Python does when it starts."""
    sys.modules.pop("sitecustomize", None)
    with contextlib.suppress(ModuleNotFoundError):
        importlib.import_module("sitecustomize")


def prepare() -> None:
    """Imports what the commands will import, as they do it: with the environment set before."""
    determinism = runpy.run_path(str(ROOT / "makemore/core/determinism.py"))
    determinism["avoid_avx512"]()
    determinism["set_environment"]()
    runpy.run_path(str(ROOT / "makemore/tracking/mlflow_settings.py"))
    for name in IMPORTED:
        importlib.import_module(name)
    importlib.import_module("dvc.cli.parser").get_main_parser()
    for name in [name for name in sys.modules if name.split(".")[0] in {"makemore", "stages", "tests"}]:
        del sys.modules[name]
    gc.collect()
    gc.freeze()


class Server:
    """Listens on a Unix socket, and forks a child for each command."""

    def __init__(self, path: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        self._selector = selectors.PollSelector()  # which has no file
        self._children: dict[socket.socket, tuple[int, int]] = {}  # client -> pid and pidfd
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(0, selectors.EVENT_READ)

    def serve(self) -> Request | None:
        """Returns the request in the child that is to run it, and None when stdin is closed."""
        print("ready", flush=True)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj == 0:
                    return None
                if key.fileobj is self._listener:
                    if request := self._start():
                        return request
                elif key.data in self._children:
                    self._end(key.data, was_killed=key.fileobj is key.data)

    def _start(self) -> Request | None:
        """Forks, and returns the request in the child. Tells the client the pid, or 0 if it has to run the program."""
        client, _ = self._listener.accept()
        request = Request(client)
        child = os.fork() if request.can_be_warm else None
        if child == 0:
            for ours in (client, self._listener, *self._children):
                ours.close()
            return request
        for stream in request.streams:
            os.close(stream)
        client.sendall((child or 0).to_bytes(4, "big"))
        if child is None:
            client.close()
        else:
            self._children[client] = child, os.pidfd_open(child)
            for file in (client, self._children[client][1]):
                self._selector.register(file, selectors.EVENT_READ, client)
        return None

    def _end(self, client: socket.socket, was_killed: bool) -> None:
        """Passes the status of a child that has ended on to its client. If the client was killed, kills the child."""
        child, ended = self._children.pop(client)
        if was_killed:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        with contextlib.suppress(BrokenPipeError):
            client.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))
        for file in (client, ended):
            self._selector.unregister(file)
        os.close(ended)
        client.close()


def end(work: Callable[[], None]) -> NoReturn:
    """Does the work, and ends as Python ends, but does not take apart half a million objects, which takes long."""
    status: object = 0
    try:
        try:
            work()
        finally:
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
    except SystemExit as error:
        status = error.code or 0
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        traceback.print_exc()
        status = 1
    if not isinstance(status, int):
        print(status, file=sys.stderr)
        status = 1
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status & 0xFF)


if __name__ == "__main__":
    prepare()
    asked = Server(sys.argv[1]).serve()
    if asked is not None:
        end(asked.run)
