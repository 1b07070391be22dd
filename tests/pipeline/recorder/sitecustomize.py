"""Records every file of the project that a stage opens for reading, including modules, and every folder that it lists.

Python runs this file when it starts, if its folder is on PYTHONPATH. Under DVC, and if RECORD names a folder, it adds
an audit hook that appends the path of each file below the current folder to RECORD/<stage>; folders end with a slash.
"""

import os
import sys
from importlib.util import source_from_cache
from pathlib import Path

if "RECORD" in os.environ and "DVC_STAGE" in os.environ:
    root = f"{Path.cwd()}{os.sep}"
    record = Path(os.environ["RECORD"]) / os.environ["DVC_STAGE"]
    record.parent.mkdir(parents=True, exist_ok=True)
    log = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event not in {"open", "os.listdir", "os.scandir"} or not isinstance(arguments[0], str | Path):
            return
        path = os.path.abspath(str(arguments[0]))  # noqa: PTH100 (links must not be followed)
        if not path.startswith(root):
            return
        if event != "open":
            path = f"{path}/"
        elif not reads(*arguments[1:]) or not os.path.isfile(path):  # noqa: PTH113
            return
        elif path.endswith(".pyc"):
            path = source_from_cache(path)
        os.write(log, f"{path.removeprefix(root)}\n".encode())

    def reads(mode: object, flags: object) -> bool:
        """Whether a file is opened for reading; `mode` is that of `open`, and None for `os.open`."""
        return "r" in mode or "+" in mode if isinstance(mode, str) else not int(str(flags or 0)) & os.O_WRONLY

    sys.addaudithook(hook)
