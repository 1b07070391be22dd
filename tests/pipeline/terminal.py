"""A terminal for the commands on a page: each finds the folder and the variables that the ones before it have left."""

import subprocess
from pathlib import Path
from typing import Any

from tests.tracking.server import answers, stop, wait_for
from tests.warm import warm

# After the command, the folder and the variables go to the file $1.
_SHELL = 'set -o pipefail; eval "$0"; status=$?; { pwd; env --null; } >"$1"; exit $status'


class Terminal:
    """A terminal in `folder`, with these variables. It writes files of its own to `scratch`."""

    def __init__(self, folder: Path, environment: dict[str, str], scratch: Path) -> None:
        self.folder, self.environment = folder, warm(environment)
        self._scratch, self._state = scratch, scratch / "state"
        self._servers: list[subprocess.Popen[Any]] = []

    def type(self, line: str) -> str:
        """Runs a command, which must succeed, and returns its output, both streams."""
        done = subprocess.run(
            ["bash", "-c", _SHELL, line, str(self._state)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}"
        folder, _, variables = self._state.read_text(encoding="utf-8").partition("\n")
        self.folder = Path(folder)
        self.environment = dict(each.split("=", 1) for each in variables.split("\0") if each)
        return done.stdout

    def serve(self, line: str, url: str) -> str:
        """Starts a command, and waits until `url` answers. Returns what it has printed until then."""
        log = self._scratch / f"server-{len(self._servers)}.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                ["bash", "-c", line],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._servers.append(process)

        def ready() -> bool:
            assert process.poll() is None, f"{line}\n{log.read_text(encoding='utf-8')}"
            return answers(url)

        wait_for(ready, seconds=120)
        return log.read_text(encoding="utf-8")

    def close(self) -> None:
        """Stops the servers."""
        for server in self._servers:
            stop(server)
