"""Stages start after their dependencies, a limited number at a time, the longest path first, none after a failure."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore.pipeline.schedule import Graph, longest_paths, run_schedule, total_duration


class Fake:
    """Stages that end when the test says so, and a record of what the schedule did with them."""

    def __init__(self, graph: Graph, jobs: int, endings: Iterable[int] = (), unchanged: Iterable[str] = ()) -> None:
        self.graph = graph
        self.jobs = jobs
        self.endings = iter(endings)  # which of the running stages ends next; the oldest one if exhausted
        self.unchanged = {*unchanged}
        self.failing = ""
        self.running: list[str] = []
        self.started: list[str] = []
        self.done: set[str] = set()
        self.stopped: list[str] = []

    def is_unchanged(self, stage: str) -> bool:
        assert self.done.issuperset(self.graph[stage]), "asked before the dependencies are up to date"
        if stage in self.unchanged:
            self.done.add(stage)
        return stage in self.unchanged

    def start(self, stage: str) -> None:
        assert self.done.issuperset(self.graph[stage]), "started before its dependencies"
        assert len(self.running) < self.jobs, "more than `jobs` at a time"
        self.running.append(stage)
        self.started.append(stage)

    def ended(self) -> list[str]:
        stage = self.running.pop(next(self.endings, 0) % len(self.running))
        if stage == self.failing:
            raise ValueError(stage)
        self.done.add(stage)
        return [stage]

    def stop(self) -> None:
        self.stopped, self.running = self.running, []


def run(fake: Fake, seconds: dict[str, float] | None = None) -> list[str]:
    known = seconds or dict.fromkeys(fake.graph, 1.0)
    run_schedule(fake.graph, fake.jobs, lambda: longest_paths(fake.graph, known), fake)
    return fake.started


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """A random graph without cycles: each stage depends on some of the stages before it."""
    count = draw(st.integers(1, 12))
    return {
        str(number): [str(other) for other in draw(st.sets(st.integers(0, number - 1)))] if number else []
        for number in range(count)
    }


@given(
    graph=graphs(),
    jobs=st.integers(1, 5),
    endings=st.lists(st.integers(0, 4)),
    data=st.data(),
)
def test_every_changed_stage_runs_once_after_its_dependencies(
    graph: dict[str, list[str]], jobs: int, endings: list[int], data: st.DataObject
) -> None:
    unchanged = data.draw(st.sets(st.sampled_from(sorted(graph))))
    fake = Fake(graph, jobs, endings, unchanged)
    assert sorted(run(fake)) == sorted(set(graph) - unchanged)
    assert fake.done == {*graph}
    assert not fake.stopped


@given(graph=graphs(), jobs=st.integers(1, 5), endings=st.lists(st.integers(0, 4)), data=st.data())
def test_nothing_starts_after_a_failure_and_the_rest_is_stopped(
    graph: dict[str, list[str]], jobs: int, endings: list[int], data: st.DataObject
) -> None:
    fake = Fake(graph, jobs, endings)
    fake.failing = data.draw(st.sampled_from(sorted(graph)))
    with pytest.raises(ValueError, match=fake.failing):
        run(fake)
    assert {*fake.started} == fake.done | {fake.failing, *fake.stopped}
    assert not fake.running


def test_longest_path_starts_first() -> None:
    graph = {"corpus": [], "small": ["corpus"], "large": ["corpus"], "large's report": ["large"], "end": ["corpus"]}
    seconds = {"corpus": 1.0, "small": 5.0, "large": 3.0, "large's report": 4.0, "end": 1.0}
    assert run(Fake(graph, 1), seconds) == ["corpus", "large", "small", "large's report", "end"]


def test_as_many_stages_run_as_are_allowed() -> None:
    fake = Fake({name: [] for name in "abcde"}, 3)
    fake.failing = "a"
    with pytest.raises(ValueError, match="a"):
        run(fake)
    assert fake.started == ["a", "b", "c"]


def test_priorities_are_not_computed_if_nothing_runs() -> None:
    """Estimates import torch, and an unchanged pipeline needs none."""
    fake = Fake({"a": [], "b": ["a"]}, 2, unchanged=["a", "b"])
    run_schedule(fake.graph, 2, lambda: pytest.fail("nothing to choose from"), fake)


@given(graph=graphs(), data=st.data())
def test_longest_paths_satisfy_their_definition(graph: dict[str, list[str]], data: st.DataObject) -> None:
    seconds = {stage: data.draw(st.floats(0, 100)) for stage in graph}
    paths = longest_paths(graph, seconds)
    for stage in graph:
        dependents = [paths[other] for other in graph if stage in graph[other]]
        assert paths[stage] == seconds[stage] + max(dependents, default=0.0)


@given(graphs(), st.integers(1, 4), st.lists(st.integers(1, 9), min_size=12, max_size=12))
def test_total_duration_is_between_its_bounds(graph: dict[str, list[str]], jobs: int, durations: list[int]) -> None:
    seconds = {stage: float(each) for stage, each in zip(graph, durations, strict=False)}
    total = total_duration(graph, jobs, seconds)
    critical = max(longest_paths(graph, seconds).values())
    work = sum(seconds[stage] for stage in graph)
    assert max(critical, work / jobs) <= total <= critical + work / jobs, "Graham's bound for list scheduling"
    assert total_duration(graph, 1, seconds) == work
    assert total_duration(graph, len(graph), seconds) == critical


def test_nothing_takes_no_time() -> None:
    assert total_duration({}, 2, {}) == 0
