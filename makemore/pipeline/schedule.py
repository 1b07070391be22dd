"""Runs stages side by side: each after all its dependencies, at most a given number at a time, the longest path first.

The order comes from the standard library's `graphlib`; this module only decides which of the ready stages starts next.
Starting the stage with the longest path to the end of the pipeline is the usual list scheduling for a critical path
(R. L. Graham, "Bounds on multiprocessing timing anomalies", 1969).
"""

from collections.abc import Callable, Iterable, Mapping
from graphlib import TopologicalSorter
from heapq import heappop, heappush
from typing import Protocol

Graph = Mapping[str, Iterable[str]]  # the dependencies of each stage


class Work(Protocol):
    """What a schedule does with stages."""

    def is_unchanged(self, stage: str) -> bool:
        """Whether a stage needs no run, now that its dependencies are up to date."""

    def start(self, stage: str) -> None:
        """Starts a stage and returns at once."""

    def ended(self) -> Iterable[str]:
        """Waits a moment for stages to end, and returns those that did. Raises an exception if no more may start."""

    def stop(self) -> None:
        """Stops the running stages, and waits until they have ended."""


def run_schedule(graph: Graph, jobs: int, priorities: Callable[[], Mapping[str, float]], work: Work) -> None:
    """Runs all stages of `graph`, at most `jobs` at a time.

    priorities: returns the priority of each stage; it is called once, when there is a choice or while a stage runs

    If `work` raises an exception, no more stages start, the running ones are stopped, and the exception is passed on.
    """
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    ready: list[str] = []
    running = 0
    known: Mapping[str, float] = {}
    try:
        while sorter.is_active():
            while new := sorter.get_ready():
                unchanged = {stage for stage in new if work.is_unchanged(stage)}
                ready += (stage for stage in new if stage not in unchanged)
                sorter.done(*unchanged)
            while ready and running < jobs:
                if len(ready) > 1:
                    known = known or priorities()
                    ready.sort(key=lambda stage: -known[stage])
                work.start(ready.pop(0))
                running += 1
            if running:
                known = known or priorities()  # computed now, while a stage runs, it delays nothing
                for stage in work.ended():
                    running -= 1
                    sorter.done(stage)
    except BaseException:
        work.stop()
        raise


def longest_paths(graph: Graph, seconds: Mapping[str, float]) -> dict[str, float]:
    """For each stage, the seconds from its start to the end of the pipeline if nothing has to wait for a core."""
    paths = dict(seconds)
    for stage in reversed([*TopologicalSorter(graph).static_order()]):  # dependents before what they depend on
        for dependency in graph[stage]:
            paths[dependency] = max(paths[dependency], seconds[dependency] + paths[stage])
    return paths


def total_duration(graph: Graph, jobs: int, seconds: Mapping[str, float]) -> float:
    """The seconds that `run_schedule` takes for all stages of `graph` if each takes as long as in `seconds`."""
    priorities = longest_paths(graph, seconds)
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    ready: list[str] = []
    running: list[tuple[float, str]] = []  # when each running stage ends
    now = 0.0
    while sorter.is_active():
        ready += sorter.get_ready()
        ready.sort(key=lambda stage: -priorities[stage])
        while ready and len(running) < jobs:
            stage = ready.pop(0)
            heappush(running, (now + seconds[stage], stage))
        now, stage = heappop(running)
        sorter.done(stage)
    return now
