"""Which stages a change may affect."""

from makemore.pipeline.repro import _downstream

GRAPH = {"prepare": [], "train@a": ["prepare"], "train@b": ["prepare"], "sample@a": ["train@a"], "track": ["sample@a"]}


def test_changed_stages_and_all_that_depend_on_them() -> None:
    assert _downstream(GRAPH, {"train@a"}) == ["train@a", "sample@a", "track"]
    assert _downstream(GRAPH, {"track"}) == ["track"]
    assert _downstream(GRAPH, {"prepare"}) == list(GRAPH)
    assert _downstream(GRAPH, set()) == []
