"""`python -m benchmarks [NAME ...]`: runs benchmarks, each in its own process and in every mode that matters to it.

The mode (native or portable, see makemore/core/determinism.py) must be set before torch is imported, so each mode needs
a new process.

MAKEMORE_NAMES is the path of the 32,033 names of karpathy/makemore; the default is the embedded corpus. MAKEMORE is the
folder of a checkout of that repository; the default is our transcript of its script. If the choice matters, the table
says which was used.
"""

import argparse
import importlib
import subprocess
import sys

from benchmarks.harness import prepare
from makemore.core.errors import UserError

BENCHMARKS = {  # name: the modes that it runs in
    "bigrams": ("native",),
    "sampling": ("native", "portable"),
    "time_to_quality": ("native", "portable"),
    "bootstrap": ("native",),
    "muon": ("native", "portable"),
    "trie_rows": ("native",),
    "determinism": ("native",),  # it starts processes in both modes itself
    "pipeline": ("native",),
    "threads": ("portable",),
    "data_parallel": ("portable",),
    "parallel_stages": ("native",),
    "outage": ("native",),
    "training_time": ("native", "portable"),
    "corpus_size": ("native",),
    "small_corpora": ("portable",),
    "start_up": ("native",),
    "cuda": ("portable",),
    "report_page": ("native",),
}
PARTS = ("gpt_step", "reference_step", "outage_step", "data_parallel_step")  # started by other benchmarks


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure side by side and print ratios.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--here", choices=("native", "portable"), help="run one benchmark in this process and mode")
    arguments = parser.parse_args()
    known = [*BENCHMARKS, *PARTS] if arguments.here else [*BENCHMARKS]
    if unknown := sorted(set(arguments.names) - {*known}):
        parser.error(f"unknown benchmark: {', '.join(unknown)}; choose from {', '.join(known)}")
    if arguments.here and len(arguments.names) != 1:
        parser.error("--here takes exactly one NAME, because a process has only one mode")
    if arguments.here:
        return run_here(arguments.names[0], arguments.here)
    runs = [(name, mode) for name in arguments.names or BENCHMARKS for mode in BENCHMARKS[name]]
    commands = [[sys.executable, "-m", "benchmarks", name, "--here", mode] for name, mode in runs]
    return max(subprocess.run(command, check=False).returncode for command in commands)


def run_here(name: str, mode: str) -> int:
    """Runs one benchmark in this process and returns the exit status."""
    try:
        params = prepare(mode)
        importlib.import_module(f"benchmarks.{name}").main(params)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
