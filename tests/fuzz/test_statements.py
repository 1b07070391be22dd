"""Statements with arbitrary values and bytes: each is read, or refused in one line."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.core.errors import UserError
from makemore.revisions import Revision
from makemore.verification.check import read_statement
from makemore.verification.statement import statement
from tests.fuzz import EXAMPLES
from tests.unit.verification.conftest import DVC_LOCK, verdicts

REVISION = Revision(Path(), "HEAD", "0" * 40, "verify")
vars(REVISION)["lock"] = DVC_LOCK.encode()  # as if it had been read
TEXT = statement(REVISION, verdicts()).text()

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def edited(draw: st.DrawFn) -> bytes:
    """The statement with another value somewhere."""
    content: Any = json.loads(TEXT)
    part: Any = {"": content}
    key: Any = ""
    while isinstance(part[key], dict | list) and part[key] and draw(st.integers(0, 3)):
        part = part[key]
        key = draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
    part[key] = draw(values)
    return json.dumps(content).encode(errors="surrogatepass")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The statement with bytes replaced, removed or added."""
    content = TEXT.encode()
    start = draw(st.integers(0, len(content)))
    return content[:start] + draw(st.binary(max_size=9)) + content[start + draw(st.integers(0, 9)) :]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("statements") / "attest.json"


@settings(max_examples=EXAMPLES, deadline=None)
@given(content=st.binary() | edited() | damaged() | values.map(lambda value: json.dumps(value).encode()))
def test_any_content_is_read_or_refused_in_one_line(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with suppress(UserError):
        read = read_statement(path)
        assert len(read.predicate.outputs) >= len(read.subject) - 1
        assert str(read.predicate.environment).isprintable()
        return
    with pytest.raises(UserError) as error:
        read_statement(path)
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 500
