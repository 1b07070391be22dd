"""Executes docs/lectures.ipynb and writes its outputs into it (`make notebook`).

Everybody gets the same file: it has no counters, times or versions.
"""

import os
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

TRAINED = "trained"  # the tag of cells that need what the pipeline has trained


def read(path: Path) -> NotebookNode:
    """The notebook at `path`."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def execute(path: Path, trained: bool = True) -> NotebookNode:
    """The notebook at `path`, with the outputs that its cells have now. If not `trained`, without those that need it.

    Raises CellExecutionError if a cell fails.
    """
    notebook = read(path)
    notebook.cells = [cell for cell in notebook.cells if trained or TRAINED not in cell.metadata.get("tags", [])]
    language = notebook.metadata.language_info
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, _jupyter_in(folder)):
        # The kernel talks through files, because another program could take a port.
        config = Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}})
        client = NotebookClient(notebook, timeout=600, record_timing=False, coalesce_streams=True, config=config)
        client.execute(cwd=str(path.parent))
    notebook.metadata.language_info = language  # the kernel has added its version
    for cell in notebook.cells:
        for counted in [cell, *cell.get("outputs", [])]:
            if "execution_count" in counted:
                counted.execution_count = None
    return notebook


def _jupyter_in(folder: str) -> dict[str, str]:
    """The environment in which Jupyter keeps its files in `folder`, and does not read the user's settings."""
    return {name: f"{folder}/{name}" for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")}


if __name__ == "__main__":
    nbformat.write(execute(Path(sys.argv[1])), sys.argv[1])
