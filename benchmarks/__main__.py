"""`python -m benchmarks [NAME ...]`: runs benchmarks, each in its own process and in every mode that matters to it.

The mode (native or portable, see makemore/core/determinism.py) must be set before torch is imported, so each mode needs
a new process. So does a step that is measured with other environment variables, or by several processes: it is a
function of its benchmark, which harness.in_process starts.

MAKEMORE_NAMES is the path of the 32,033 names of karpathy/makemore; the default is the embedded corpus. MAKEMORE is the
folder of a checkout of that repository; the default is our transcript of its script. If the choice matters, the table
says which was used.
"""

import argparse
import importlib
import json
import subprocess
import sys

from benchmarks.harness import command, prepare
from makemore.core.errors import UserError

BENCHMARKS = {  # name: the modes that it runs in; a page in docs/ quotes each of them
    "bigrams": ("native",),
    "sampling": ("native", "portable"),
    "time_to_quality": ("native", "portable"),
    "trie_rows": ("native",),
    "determinism": ("native",),  # it starts processes in both modes itself
    "threads": ("portable",),
    "data_parallel": ("portable",),
    "parallel_stages": ("native",),
    "outage": ("native",),
    "training_time": ("native", "portable"),
    "corpus_size": ("native",),
    "small_corpora": ("portable",),
    "cuda": ("portable",),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure side by side and print ratios.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--here", choices=("native", "portable"), help="run one benchmark in this process and mode")
    arguments = parser.parse_args()
    if unknown := sorted({name.partition(".")[0] for name in arguments.names} - {*BENCHMARKS}):
        parser.error(f"unknown benchmark: {', '.join(unknown)}; choose from {', '.join(BENCHMARKS)}")
    if arguments.here and len(arguments.names) != 1:
        parser.error("--here takes exactly one NAME, because a process has only one mode")
    if arguments.here:
        return run_here(arguments.names[0], arguments.here)
    runs = [(name, mode) for name in arguments.names or BENCHMARKS for mode in BENCHMARKS[name]]
    return max(subprocess.run(command(name, mode), check=False).returncode for name, mode in runs)


def run_here(name: str, mode: str) -> int:
    """Runs a benchmark in this process, or a step of one (`threads.step`), whose result it prints as JSON.

    Returns the exit status.
    """
    module, _, step = name.partition(".")
    try:
        params = prepare(mode)
        result = getattr(importlib.import_module(f"benchmarks.{module}"), step or "main")(params)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if result is not None:
        print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
