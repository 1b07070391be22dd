"""`python -m benchmarks [NAME ...]`: runs the benchmarks, each in processes of its own, in both modes where it matters.

The mode (native or portable, see makemore/determinism.py) is set before torch is imported, so it needs a process.
MAKEMORE_NAMES names karpathy/makemore's list of 32,033 names, MAKEMORE a checkout of it; without them the benchmarks
take the embedded corpus and our own transcript of its code, and say so.
"""

import argparse
import importlib
import subprocess
import sys

from benchmarks.harness import prepare

BENCHMARKS = {  # name: the modes that it is run in
    "bigrams": ("native",),
    "sampling": ("native", "portable"),
    "time_to_quality": ("native", "portable"),
    "muon": ("native", "portable"),
    "trie_rows": ("native",),
    "determinism": ("native",),  # starts processes of both
    "pipeline": ("native",),
    "training_time": ("native", "portable"),
}
PARTS = ("gpt_step", "reference_step")  # what others start, each print one figure


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure side by side, and print ratios.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all if none is named")
    parser.add_argument("--here", choices=("native", "portable"), help="run in this process, in this mode")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - {*BENCHMARKS, *PARTS}:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    for name in arguments.names or BENCHMARKS:
        if arguments.here:
            params = prepare(arguments.here)
            importlib.import_module(f"benchmarks.{name}").main(params)
        else:
            for mode in BENCHMARKS[name]:
                subprocess.run([sys.executable, "-m", "benchmarks", name, "--here", mode], check=True)


if __name__ == "__main__":
    main()
