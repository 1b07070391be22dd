"""A folder in which the train stage runs, alone or with several processes."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import yaml

from makemore.core import layout
from makemore.corpus.corpus import Corpus
from tests.conftest import CONFIGS, FEW_NAMES, ROOT
from tests.saving import save_corpus
from tests.tracking.server import wait_for

STARTED: list["subprocess.Popen[str]"] = []  # killed after each test (conftest.py)


class Training:
    """The training of a small GPT in `folder`, in four shards."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.folder = folder
        values = yaml.safe_load((ROOT / "params.yaml").read_text())
        values["compute"] |= {"shards": 4}
        values["ensembles"] = {}
        values["variants"] = {"gpt": CONFIGS["gpt"] | {"steps": 240, "eval_every": 60} | changes}
        (folder / layout.PARAMS).write_text(yaml.safe_dump(values))
        names = [first + second for first in FEW_NAMES for second in FEW_NAMES]
        save_corpus(Corpus.of({"train": names[10:], "dev": names[:10], "test": []}, "."), folder / layout.CORPUS)

    def start(self, options: str = "", *prefix: str, **environment: str) -> "subprocess.Popen[str]":
        """Starts the train stage, with `options` of torchrun. Both streams go to `stdout`."""
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "stages", "train", "gpt"],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "MAKEMORE_TORCHRUN": options, **QUIET, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        STARTED.append(process)
        return process

    def run(self, options: str = "") -> str:
        """Trains to the end, and returns the hash of the weights and the curve."""
        process = self.start(options)
        output, _ = process.communicate()
        assert process.returncode == 0, output
        return self.result()

    def result(self) -> str:
        """The hash of the weights and the curve."""
        folder = self.folder / layout.MODELS / "gpt"
        files = (folder / layout.WEIGHTS_FILE, folder / layout.CURVE_FILE)
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()

    def saved_checkpoint(self) -> bool:
        """Whether there is a checkpoint of a training that has not finished."""
        return any((self.folder / layout.CHECKPOINTS).glob("*.checkpoint"))

    def wait_for_points(self, count: int) -> None:
        """Waits until the curve in the journal has this many points."""
        journals = self.folder / layout.JOURNALS
        wait_for(lambda: sum(path.read_bytes().count(b'{"point"') for path in journals.glob("*.jsonl")) >= count, 180)


# The journal's carrier gives up at once: these tests are not about MLflow.
QUIET = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}


def ranks(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """The processes that torchrun has started, in the order of ranks."""
    children = psutil.Process(process.pid).children()
    return sorted((child for child in children if "RANK" in child.environ()), key=lambda child: child.environ()["RANK"])
