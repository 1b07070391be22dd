"""A terminal for the commands on a page: each finds the folder and the variables that the ones before it have left."""

import contextlib
import importlib
import io
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any
from unittest import mock

from makemore import cli
from makemore.tracking import mlflow_settings
from tests.tracking.server import answers, stop, wait_for

# After the command, the folder and the variables go to the file $1.
_SHELL = 'set -o pipefail; eval "$0"; status=$?; { pwd; env --null; } >"$1"; exit $status'
# These commands of makemore run in this process, which has imported torch: a new one would take two seconds to do it.
_HERE = {"sample", "score", "complete", "variants", "new-variant", "data", "compare", "runs", "doctor", "environment"}


class Terminal:
    """A terminal in `folder`, with these variables. It writes files of its own to `scratch`."""

    def __init__(self, folder: Path, environment: dict[str, str], scratch: Path) -> None:
        self.folder, self.environment = folder, environment
        self._scratch, self._state = scratch, scratch / "state"
        self._servers: list[subprocess.Popen[Any]] = []

    def type(self, line: str) -> str:
        """Runs a command, which must succeed, and returns its output, both streams."""
        words = shlex.split(line, comments=True)
        if words[:1] == ["makemore"] and words[1] in _HERE and not {*words} & {"|", ">", "&&"}:
            return self._run_here(words)
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

    def _run_here(self, words: list[str]) -> str:
        output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        with (
            contextlib.chdir(self.folder),
            mock.patch.dict(os.environ, self.environment, clear=True),
            mock.patch("sys.argv", words),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
        ):
            importlib.reload(mlflow_settings)  # which a new process would import
            status = cli.main()
        text = output.buffer.getvalue().decode()
        assert status == 0, f"{shlex.join(words)}\n{text}"
        return text
