"""`python -m benchmarks [NAME ...]`: runs benchmarks, each in its own process, in exact or native arithmetic or both.

A step that is measured with other environment variables, or by several processes, needs a process, too: it is a
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

BENCHMARKS = {  # name: the arithmetic that it runs in; a page in docs/ quotes each of them
    "bigrams": ("native",),
    "sampling": ("exact", "native"),
    "time_to_quality": ("exact", "native"),
    "trie_rows": ("native",),
    "arithmetic": ("exact",),  # it starts processes in both
    "threads": ("exact",),
    "data_parallel": ("exact",),
    "parallel_stages": ("native",),
    "outage": ("native",),
    "training_time": ("exact", "native"),
    "corpus_size": ("native",),
    "small_corpora": ("exact",),
    "cuda": ("exact", "native"),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure side by side and print ratios.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--here", choices=("exact", "native"), help="run one benchmark in this process")
    arguments = parser.parse_args()
    if unknown := sorted({name.partition(".")[0] for name in arguments.names} - {*BENCHMARKS}):
        parser.error(f"unknown benchmark: {', '.join(unknown)}; choose from {', '.join(BENCHMARKS)}")
    if arguments.here and len(arguments.names) != 1:
        parser.error("--here takes exactly one NAME, because a process has one arithmetic")
    if arguments.here:
        return run_here(arguments.names[0], arguments.here)
    runs = [command(name, arithmetic) for name in arguments.names or BENCHMARKS for arithmetic in BENCHMARKS[name]]
    return max(subprocess.run(run, check=False).returncode for run in runs)


def run_here(name: str, arithmetic: str) -> int:
    """Runs a benchmark in this process, or a step of one (`threads.step`), whose result it prints as JSON.

    Returns the exit status.
    """
    module, _, step = name.partition(".")
    try:
        params = prepare(arithmetic)
        result = getattr(importlib.import_module(f"benchmarks.{module}"), step or "main")(params)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if result is not None:
        print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
