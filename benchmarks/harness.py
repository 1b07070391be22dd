"""What the benchmarks share: interleaved rounds, medians, tables, the names, and the reference script.

The speed of a machine drifts, so the cases of a comparison take turns, and the result is a ratio of medians. Nothing
fails because a machine is slow: benchmarks are not tests.
"""

import importlib
import importlib.util
import os
import statistics
import subprocess
import sys
import time
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from makemore.commands import child_environment
from makemore.core import determinism
from makemore.core.errors import UserError
from makemore.core.params import Params, load_params

ROOT = Path(__file__).parent.parent


def prepare(mode: str) -> Params:
    """The parameters, after importing torch in `mode` (native or portable). Call it before anything imports torch."""
    params = load_params(ROOT / "params.yaml")
    params = params.model_copy(update={"compute": params.compute.model_copy(update={"determinism": mode})})
    determinism.start(params.compute)
    return params


def read_names() -> tuple[list[str], str]:
    """The names in the file MAKEMORE_NAMES or else in the embedded corpus, and a description of them for a table title.

    Raises UserError if MAKEMORE_NAMES is not a file.
    """
    given = os.environ.get("MAKEMORE_NAMES")
    path = Path(given or ROOT / "datasets" / "names.txt")
    if not path.is_file():
        raise UserError(f"MAKEMORE_NAMES: there is no file {str(path)!r}")
    names = path.read_text(encoding="utf-8").split()
    return names, f"{len(names):,} names from {'MAKEMORE_NAMES' if given else 'datasets/names.txt'}"


def reference() -> tuple[Any, str]:
    """The reference script as a module, from the checkout MAKEMORE or else our transcript, and what to call it.

    Raises UserError if MAKEMORE is not the folder of a checkout.
    """
    checkout = os.environ.get("MAKEMORE")
    if not checkout:
        return importlib.import_module("benchmarks.baselines"), "our transcript of makemore.py"
    path = Path(checkout) / "makemore.py"
    spec = importlib.util.spec_from_file_location("reference", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise UserError(f"MAKEMORE: there is no file {str(path)!r}")
    # The script imports TensorBoard, but only its command line uses it.
    sys.modules.setdefault("torch.utils.tensorboard", types.SimpleNamespace(SummaryWriter=None))  # type: ignore[arg-type]
    module = sys.modules["reference"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, "makemore.py"


def environment_without_tracking() -> dict[str, str]:
    """The environment without MLflow's and DVC's variables, so that a child process writes to no store of the user."""
    return child_environment("MLFLOW_", "DVC_")


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Keeps `count` cores busy."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def medians(cases: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median time of each case in seconds, over interleaved rounds. An extra first round warms up."""
    times: dict[str, list[float]] = {case: [] for case in cases}
    for number in range(rounds + 1):
        for case, run in cases.items():
            started = time.perf_counter()
            run()
            if number:
                times[case].append(time.perf_counter() - started)
    return {case: statistics.median(values) for case, values in times.items()}


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Prints a Markdown table, the first column left-aligned and the others right-aligned."""
    columns = list(columns)
    print(f"\n{title}\n")
    print(f"| {' | '.join(columns)} |")
    print(f"|---|{'---:|' * (len(columns) - 1)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)
