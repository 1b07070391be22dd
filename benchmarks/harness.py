"""What the benchmarks share: interleaved rounds, medians, tables, the data, and the code that they compare with.

Machines drift, so what is compared is run in turns, and what is reported is a ratio of medians. This is no test:
nothing here fails because a machine is slow. Nothing is written.
"""

import importlib
import importlib.util
import os
import statistics
import sys
import time
import types
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from makemore.determinism import set_environment, set_threads
from makemore.errors import UserError
from makemore.params import Params, load_params

ROOT = Path(__file__).parent.parent


def prepare(mode: str) -> Params:
    """The parameters, once this process computes in `mode` (portable or native); before torch is imported."""
    params = load_params(ROOT / "params.yaml")
    params = params.model_copy(update={"compute": params.compute.model_copy(update={"determinism": mode})})
    set_environment(params.compute)
    set_threads(params.compute)
    return params


def read_names() -> tuple[list[str], str]:
    """The names of MAKEMORE_NAMES, or of the embedded corpus, and how many of which they are, for the title of a table.

    Raises UserError where MAKEMORE_NAMES names no file.
    """
    path = Path(os.environ.get("MAKEMORE_NAMES") or ROOT / "datasets" / "names.txt")
    if not path.is_file():
        raise UserError(f"MAKEMORE_NAMES: there is no file {str(path)!r}")
    names = path.read_text(encoding="utf-8").split()
    return (
        names,
        f"{len(names):,} names of {'MAKEMORE_NAMES' if 'MAKEMORE_NAMES' in os.environ else 'datasets/names.txt'}",
    )


def reference() -> tuple[Any, str]:
    """The reference script as a module, and what to call it: makemore.py of MAKEMORE, or our transcript of it.

    Raises UserError where MAKEMORE is not the folder of a checkout.
    """
    checkout = os.environ.get("MAKEMORE")
    if not checkout:
        return importlib.import_module("benchmarks.tutorials"), "a transcript of makemore.py"
    path = Path(checkout) / "makemore.py"
    spec = importlib.util.spec_from_file_location("reference", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise UserError(f"MAKEMORE: there is no {str(path)!r}")
    # It wants TensorBoard when it is imported, though only its command line uses it.
    sys.modules.setdefault("torch.utils.tensorboard", types.SimpleNamespace(SummaryWriter=None))  # type: ignore[arg-type]
    module = sys.modules["reference"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, "makemore.py"


def medians(cases: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median time of each case in seconds, over interleaved rounds after one that does not count."""
    times: dict[str, list[float]] = {case: [] for case in cases}
    for number in range(rounds + 1):
        for case, run in cases.items():
            started = time.perf_counter()
            run()
            if number:
                times[case].append(time.perf_counter() - started)
    return {case: statistics.median(values) for case, values in times.items()}


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Prints a Markdown table; the first column to the left, numbers to the right."""
    columns = list(columns)
    print(f"\n{title}\n")
    print(f"| {' | '.join(columns)} |")
    print(f"|---|{'---:|' * (len(columns) - 1)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)
