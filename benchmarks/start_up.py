"""Start-up of the command line: CPU time of commands that need no model, relative to an empty Python program."""

import resource
import statistics
import subprocess
import sys

from benchmarks.harness import ROOT, environment_without_tracking, table
from makemore.core.params import Params

ROUNDS = 11
MAKEMORE = (sys.executable, "-m", "makemore.cli")
CASES = {
    "an empty program": (sys.executable, "-c", "pass"),
    "makemore --help": (*MAKEMORE, "--help"),
    "makemore environment": (*MAKEMORE, "environment"),
    "makemore variants": (*MAKEMORE, "variants"),
    "makemore doctor": (*MAKEMORE, "doctor"),
}


def main(_: Params) -> None:
    times: dict[str, list[float]] = {case: [] for case in CASES}
    for number in range(ROUNDS + 1):
        for case, command in CASES.items():
            seconds = cpu_seconds(command)
            if number:  # the first round warms up
                times[case].append(seconds)
    medians = {case: statistics.median(measured) for case, measured in times.items()}
    empty = medians["an empty program"]
    rows = [(case, f"{1000 * seconds:.0f}", f"{seconds / empty:.1f}") for case, seconds in medians.items()]
    table("Start-up", ("command", "CPU ms", "relative"), rows)


def cpu_seconds(command: tuple[str, ...]) -> float:
    """The CPU time of a process, in user and system mode."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = environment_without_tracking()
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
