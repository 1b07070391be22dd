"""Writes down every file of the project that a stage opens for reading, modules included.

Python runs this file at its start where the folder is on PYTHONPATH. Under DVC, and with RECORD naming a folder, it
adds an audit hook that appends the path of each file below the current folder to RECORD/<stage>.
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
        if event != "open" or not isinstance(arguments[0], str | Path):
            return
        name, mode, flags = arguments
        reads = "r" in mode or "+" in mode if isinstance(mode, str) else not int(str(flags or 0)) & os.O_WRONLY
        path = os.path.abspath(str(name))  # noqa: PTH100 (links are not to be followed)
        if reads and path.startswith(root) and os.path.isfile(path):  # noqa: PTH113
            if path.endswith(".pyc"):
                path = source_from_cache(path)
            os.write(log, f"{path.removeprefix(root)}\n".encode())

    sys.addaudithook(hook)
