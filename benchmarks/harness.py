"""What the benchmarks share: cases that take turns, steps in other processes, tables, the names, the reference script.

The speed of a machine drifts, so the cases of a comparison take turns, and the result is a ratio of medians. Nothing
fails because a machine is slow: benchmarks are not tests.
"""

import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from makemore.commands import child_environment
from makemore.core import determinism
from makemore.core.errors import UserError
from makemore.core.params import Params, load_params

if TYPE_CHECKING:
    from makemore.corpus.corpus import Corpus
    from makemore.models.gpt import Config

ROOT = Path(__file__).parent.parent
Case = TypeVar("Case")
Measured = TypeVar("Measured")


def prepare(arithmetic: str) -> Params:
    """The parameters, with this arithmetic (exact or native), after importing torch. Call it before anything does."""
    params = load_params(ROOT / "params.yaml")
    params = params.model_copy(update={"compute": params.compute.model_copy(update={"arithmetic": arithmetic})})
    determinism.configure(params.compute)
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


def all_train(names: list[str]) -> "Corpus":
    """A corpus whose training set is all names; dev is the first hundred of them again."""
    from makemore.corpus.corpus import Corpus  # imports torch, which prepare() must do first

    return Corpus.of({"train": names, "dev": names[:100], "test": []}, ".")


def gpt_config(params: Params, **changes: object) -> "Config":
    """The variant gpt with `changes`, without smoothing, like the reference; it is never evaluated while it trains."""
    from makemore.models.gpt import Config

    return Config.model_validate(params.variants["gpt"] | {"eval_every": 10**6, "smoothing": 0.0} | changes)


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


def command(name: str, arithmetic: str, *launcher: str) -> list[str]:
    """How to start a benchmark, or a step of one. launcher: torchrun, for example; by default Python."""
    return [*(launcher or [sys.executable]), "-m", "benchmarks", name, "--here", arithmetic]


def in_process(step: str, arithmetic: str, *launcher: str, **environment: str) -> Any:
    """What a step (`threads.step`) returns in a process of its own, with these environment variables.

    Raises UserError if it fails.
    """
    return json.loads(output(command(step, arithmetic, *launcher), environment).splitlines()[-1])  # models print more


def output(
    arguments: list[str],
    environment: Mapping[str, str],
    folder: Path = ROOT,
    first: Callable[[], object] | None = None,
) -> str:
    """What a command prints in `folder`. It writes to no MLflow store of the user.

    environment: more environment variables; first: what the process calls before the command

    Raises UserError if it fails.
    """
    done = subprocess.run(
        arguments,
        cwd=folder,
        env=child_environment("MLFLOW_", "DVC_", **environment),
        preexec_fn=first,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UserError(f"{' '.join(arguments[1:])} ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


def in_turns(cases: Iterable[Case], measure: Callable[[Case], Measured], rounds: int) -> dict[Case, list[Measured]]:
    """What `measure` returns for each case in each round."""
    found: dict[Case, list[Measured]] = {case: [] for case in cases}
    for _ in range(rounds):
        for case, measured in found.items():
            measured.append(measure(case))
    return found


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def medians(cases: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median time of each case in seconds, over interleaved rounds. An extra first round warms up."""
    times = in_turns(cases, lambda case: seconds(cases[case]), rounds + 1)
    return {case: statistics.median(measured[1:]) for case, measured in times.items()}


def table(title: str, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Prints a Markdown table, the first column left-aligned and the others right-aligned."""
    print(f"\n{title}\n")
    print(f"| {' | '.join(columns)} |")
    print(f"|---|{'---:|' * (len(columns) - 1)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)
