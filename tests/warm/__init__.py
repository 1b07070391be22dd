"""A warm start for the commands of tests that only need their outcome.

`warm(environment)` puts programs first in PATH that are called `python`, `dvc` and `makemore`, and that a server
(server.py) runs in forked children of one process, which has imported torch, DVC and MLflow. Each pytest process has a
server, from its first command on. Tests about processes (kills, locks, signals, memory) start the real programs.
"""

import atexit
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
PROGRAMS = ("python", "dvc", "makemore")


def warm(environment: dict[str, str]) -> dict[str, str]:
    """The environment with our programs first in PATH; as it was with REAL_PROCESSES, and on systems without pidfd."""
    if os.environ.get("REAL_PROCESSES") or not hasattr(os, "pidfd_open"):
        return environment
    return {**environment, "PATH": f"{_programs()}{os.pathsep}{environment['PATH']}"}


@cache
def _programs() -> Path:
    """Starts the server. Returns the folder of the programs."""
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    for name in PROGRAMS:
        program = folder / name
        program.write_text(f"#!{sys.executable} -IS\n{(_HERE / 'client.py').read_text(encoding='utf-8')}")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    server = subprocess.Popen(
        [sys.executable, "-P", str(_HERE / "server.py"), str(folder / "socket")],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"

    def stop() -> None:
        assert server.stdin is not None
        server.stdin.close()
        server.wait()
        shutil.rmtree(folder)

    atexit.register(stop)
    return folder
