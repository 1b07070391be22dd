"""Stages start after their dependencies, a limited number at a time, the last ones first, none after a failure."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore.pipeline.schedule import Graph, run_schedule


class Fake:
    """Stages that end when the test says so, and a record of what the schedule did with them."""

    def __init__(self, graph: Graph, jobs: int, endings: Iterable[int] = (), unchanged: Iterable[str] = ()) -> None:
        self.graph = graph
        self.jobs = jobs
        self.endings = iter(endings)  # which of the running stages ends next; the oldest one if exhausted
        self.unchanged = {*unchanged}
        self.failing = ""
        self.keep_going = False
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

    def ended(self) -> list[tuple[str, bool]]:
        stage = self.running.pop(next(self.endings, 0) % len(self.running))
        if stage != self.failing:
            self.done.add(stage)
        elif not self.keep_going:
            raise ValueError(stage)
        return [(stage, stage != self.failing)]

    def stop(self) -> None:
        self.stopped, self.running = self.running, []


def run(fake: Fake) -> list[str]:
    run_schedule(fake.graph, fake.jobs, fake)
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


@given(graph=graphs(), jobs=st.integers(1, 5), endings=st.lists(st.integers(0, 4)), data=st.data())
def test_others_keep_going_after_a_failure_if_they_can(
    graph: dict[str, list[str]], jobs: int, endings: list[int], data: st.DataObject
) -> None:
    fake = Fake(graph, jobs, endings)
    fake.failing, fake.keep_going = data.draw(st.sampled_from(sorted(graph))), True
    needing = {fake.failing}
    for stage, dependencies in graph.items():
        if needing.intersection(dependencies):
            needing.add(stage)
    assert {*run(fake)} == {*graph} - needing | {fake.failing}
    assert fake.done == {*graph} - needing


def test_last_stage_of_a_serial_run_starts_first() -> None:
    graph = {"corpus": [], "small": ["corpus"], "large": ["corpus"], "report": ["small", "large"]}
    assert run(Fake(graph, 1)) == ["corpus", "large", "small", "report"]


def test_as_many_stages_run_as_are_allowed() -> None:
    fake = Fake({name: [] for name in "abcde"}, 3)
    fake.failing = "e"
    with pytest.raises(ValueError, match="e"):
        run(fake)
    assert fake.started == ["e", "d", "c"]
