"""`python -m benchmarks [NAME ...]`: runs the benchmarks, each in processes of its own, in both modes where it matters.

The mode (native or portable, see makemore/determinism.py) is set before torch is imported, so it needs a process.
MAKEMORE_NAMES is the path of karpathy/makemore's list of 32,033 names, MAKEMORE that of a checkout of it; without them
the benchmarks take the embedded corpus and our own transcript of its code. Each table says which.
"""

import argparse
import importlib
import subprocess
import sys

from benchmarks.harness import prepare
from makemore.errors import UserError

BENCHMARKS = {  # name: the modes that it is run in
    "bigrams": ("native",),
    "sampling": ("native", "portable"),
    "time_to_quality": ("native", "portable"),
    "muon": ("native", "portable"),
    "trie_rows": ("native",),
    "determinism": ("native",),  # starts processes of both
    "pipeline": ("native",),
    "outage": ("native",),
    "training_time": ("native", "portable"),
}
PARTS = ("gpt_step", "reference_step", "outage_step")  # what others start, each print a figure or two


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure side by side, and print ratios.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all if none is named")
    parser.add_argument("--here", choices=("native", "portable"), help="run one in this process, in this mode")
    arguments = parser.parse_args()
    known = {*BENCHMARKS, *PARTS} if arguments.here else {*BENCHMARKS}
    if unknown := set(arguments.names) - known:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    if arguments.here and len(arguments.names) != 1:
        parser.error("--here takes one NAME: a mode is set once a process")
    try:
        if arguments.here:
            params = prepare(arguments.here)
            importlib.import_module(f"benchmarks.{arguments.names[0]}").main(params)
            return 0
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    runs = [(name, mode) for name in arguments.names or BENCHMARKS for mode in BENCHMARKS[name]]
    commands = [[sys.executable, "-m", "benchmarks", name, "--here", mode] for name, mode in runs]
    return max(subprocess.run(command, check=False).returncode for command in commands)


if __name__ == "__main__":
    sys.exit(main())
