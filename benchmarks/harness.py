"""What the benchmarks share: interleaved rounds, medians, tables, the data, and the code that they compare with.

Machines drift, so what is compared is run in turns, and what is reported is a ratio of medians. This is no test:
nothing here fails because a machine is slow. Nothing is written.
"""

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
from makemore.params import Params, load_params

ROOT = Path(__file__).parent.parent


def prepare(mode: str) -> Params:
    """The parameters, once this process computes in `mode` (portable or native); before torch is imported."""
    params = load_params(ROOT / "params.yaml")
    params = params.model_copy(update={"compute": params.compute.model_copy(update={"determinism": mode})})
    set_environment(params.compute)
    set_threads(params.compute)
    return params


def read_names() -> list[str]:
    """karpathy/makemore's 32,033 names where MAKEMORE_NAMES says where they are, the embedded corpus otherwise."""
    path = Path(os.environ.get("MAKEMORE_NAMES") or ROOT / "datasets" / "names.txt")
    return path.read_text(encoding="utf-8").split()


def reference() -> tuple[Any, str]:
    """The reference script as a module, and what to call it: makemore.py of MAKEMORE, or our transcript of it."""
    checkout = os.environ.get("MAKEMORE")
    if not checkout:
        return importlib.import_module("benchmarks.tutorials"), "transcript of makemore.py"
    # It wants TensorBoard when it is imported, though only its command line uses it.
    sys.modules.setdefault("torch.utils.tensorboard", types.SimpleNamespace(SummaryWriter=None))  # type: ignore[arg-type]
    spec = importlib.util.spec_from_file_location("reference", Path(checkout) / "makemore.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"MAKEMORE={checkout}: there is no makemore.py in it")
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
