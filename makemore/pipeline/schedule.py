"""Runs stages side by side: each after all its dependencies, at most a given number at a time.

The order comes from the standard library's `graphlib`; this module only decides which of the ready stages starts next:
the one that `dvc repro` would run last. People add models from small to large, so the last entries of params.yaml are
the slowest ones, and a run waits for a slow training that starts late. With the seconds in docs/models.md, the whole
pipeline then takes 75.6 s with 4 jobs, and 86.9 s in DVC's order; with 2 or 3 jobs, the two differ by less than 1%.
Starting the longest path first, which needs to know how long each stage takes, would save less than 1% more.
"""

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from typing import Protocol

Graph = Mapping[str, Iterable[str]]  # the dependencies of each stage


class Work(Protocol):
    """What a schedule does with stages."""

    def is_unchanged(self, stage: str) -> bool:
        """Whether a stage needs no run, now that its dependencies are up to date."""

    def start(self, stage: str) -> None:
        """Starts a stage and returns at once."""

    def ended(self) -> Iterable[tuple[str, bool]]:
        """Waits a moment for stages to end, and returns those that did, and whether they succeeded.

        Raises an exception if no more may start.
        """

    def stop(self) -> None:
        """Stops the running stages, and waits until they have ended."""


def run_schedule(graph: Graph, jobs: int, work: Work) -> None:
    """Runs the stages of `graph`, which are in DVC's order, at most `jobs` at a time, but none that needs a failed one.

    If `work` raises an exception, no more stages start, the running ones are stopped, and the exception is passed on.
    """
    position = {stage: number for number, stage in enumerate(graph)}
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    ready: list[str] = []
    running = 0
    try:
        while True:
            while new := sorter.get_ready():
                unchanged = {stage for stage in new if work.is_unchanged(stage)}
                ready += (stage for stage in new if stage not in unchanged)
                sorter.done(*unchanged)
            ready.sort(key=position.__getitem__)
            while ready and running < jobs:
                work.start(ready.pop())
                running += 1
            if not running:
                return
            for stage, succeeded in work.ended():
                running -= 1
                if succeeded:
                    sorter.done(stage)
    except BaseException:
        work.stop()
        raise
