"""The environment in which we start DVC, stages and our own commands."""

import os
import sys
from pathlib import Path


def child_environment(*without: str, **more: str) -> dict[str, str]:
    """Our environment, without the variables whose names start with any of `without`, and with `more`.

    Our Python comes first in PATH, because stages call `python`, even if the virtual environment is not activated.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(without)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**inherited, "PATH": path, "DVC_NO_ANALYTICS": "1", **more}
