"""Journals of arbitrary bytes: reading never raises, and a good line survives its damaged neighbours."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.core.curve import Point
from makemore.tracking.live.reader import read_journal, read_lines
from makemore.training.journal import Journal
from tests.fuzz import EXAMPLES

START = {"variant": "v", "key": "0a", "experiment": "e", "folder": "/f", "params": {"model": "count"}}
GOOD = [
    {"start": 1, **START},
    *({"point": [step, 2.5, 2.25, 0.1], "time": 10 + step} for step in range(5)),
    {"end": 99, "status": "FINISHED", "error": "", "model": "00"},
]
LINES = [json.dumps(line).encode() for line in GOOD]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
fields = st.sampled_from(sorted({name for line in GOOD for name in line}))


@st.composite
def wrong_types(draw: st.DrawFn) -> bytes:
    """A good line with one field replaced, removed or added."""
    line = dict(draw(st.sampled_from(GOOD)))
    if draw(st.booleans()):
        line.pop(draw(st.sampled_from(sorted(line))))
    else:
        line[draw(fields)] = draw(values)
    return json.dumps(line).encode()


cut = st.builds(lambda line, size: line[:size], st.sampled_from(LINES), st.integers(0, 120))
glued = st.builds(lambda first, second: first + second, cut, st.sampled_from(LINES))
anything = st.binary(max_size=200).map(lambda content: content.replace(b"\n", b""))
bad_lines = st.one_of(anything, cut, glued, wrong_types(), values.map(lambda value: json.dumps(value).encode()))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journals") / "v-0a.jsonl"


@settings(max_examples=EXAMPLES, deadline=None)
@given(content=st.binary() | st.lists(bad_lines | st.sampled_from(LINES)).map(b"\n".join))
def test_any_content_is_read_and_resumed(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    read_journal(path)
    journal = Journal(path)
    journal.begin(dict(START))
    journal.point(Point(1000, 1.0, 1.0, 1.0))
    journal.end("FAILED", "stopped")
    journal.close()
    training = read_journal(path)
    assert training is not None
    assert (training.status, training.error) == ("FAILED", "stopped")
    assert 1000 in {point.step for point, _ in training.points}


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_good_lines_survive_their_damaged_neighbours(path: Path, data: st.DataObject) -> None:
    before = [data.draw(st.lists(bad_lines, max_size=3)) for _ in LINES]
    path.write_bytes(b"".join(line + b"\n" for bad, good in zip(before, LINES, strict=True) for line in [*bad, good]))
    read = [line.model_dump(mode="json") for line in read_lines(path)[0]]
    rest = iter(read)
    assert all(line in rest for line in GOOD), "in their order"
    assert len(read) + read_lines(path)[1] == sum(map(len, before)) + len(GOOD)
    assert read_journal(path) is not None
