"""Cutting a file into chunks: they are the file, each ends with a line, and they depend on nothing but the file."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore.core.errors import UserError
from makemore.preparation import source
from makemore.preparation.source import Chunk, chunks_of, read_chunks
from makemore.preparation.text import read_lines
from tests.unit.preparation.reading import read_names

TEXT = st.lists(
    st.sampled_from([b"\n", b"\r", b"\r\n", b"a", b"bc", b"\xc3\xa9", b"dddd", b"e" * 25]), max_size=60
).map(b"".join)


@pytest.fixture(autouse=True)
def _small_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "CHUNK_BYTES", 8)
    monkeypatch.setattr(source, "LONGEST_LINE", 12)


def in_blocks(text: bytes, size: int) -> Iterator[bytes]:
    return (text[start : start + size] for start in range(0, len(text), size))


@given(text=TEXT, size=st.integers(1, 40))
def test_chunks_do_not_depend_on_the_blocks_in_which_the_file_is_read(text: bytes, size: int) -> None:
    assert list(chunks_of(in_blocks(text, size))) == list(chunks_of([text]))


@given(TEXT)
def test_chunks_are_the_lines_of_the_file(text: bytes) -> None:
    chunks = list(chunks_of([text]))
    if not any(chunk.overlong for chunk in chunks):
        assert b"".join(chunk.content for chunk in chunks) == text
    assert sum(read_lines(chunk.content).total + chunk.overlong for chunk in chunks) == read_lines(text).total
    assert all(chunk.content.endswith((b"\n", b"\r")) for chunk in chunks[:-1] if chunk.content)
    assert all(len(chunk.content) <= 8 + 12 for chunk in chunks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", []),
        (b"abc", [Chunk(b"abc", False)]),
        (b"abcdefg\nhi\n", [Chunk(b"abcdefg\n", False), Chunk(b"hi\n", False)]),
        (b"abcdefg\r\nhi\n", [Chunk(b"abcdefg\r\n", False), Chunk(b"hi\n", False)]),
        (b"abcdefgh\nhi\n", [Chunk(b"abcdefgh\n", False), Chunk(b"hi\n", False)]),
        (b"\xef\xbb\xbfab\n", [Chunk(b"ab\n", False)]),
        (b"ab\n" + b"x" * 30 + b"\nhi\n", [Chunk(b"ab\n", True), Chunk(b"hi\n", False)]),
        (b"ab\r" + b"x" * 30 + b"\r\nhi\n", [Chunk(b"ab\r", True), Chunk(b"hi\n", False)]),
        (b"ab\n" + b"x" * 30, [Chunk(b"ab\n", True)]),
        (b"x" * 99 + b"\n" + b"y" * 99 + b"\n", [Chunk(b"", True), Chunk(b"", True)]),
    ],
)
def test_chunks_of_a_text(text: bytes, expected: list[Chunk]) -> None:
    assert list(chunks_of(in_blocks(text, 5))) == expected


@given(
    st.lists(st.sampled_from(["emma", "zoë", "", " x\t", "Zoe\u0308", "李"]), max_size=30),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_names_do_not_depend_on_the_size_of_the_chunks(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "chunks.txt"
    path.write_bytes(end.join(lines).encode())
    found = []
    for size in (1, 7, 2**21):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(source, "CHUNK_BYTES", size)
            found.append(read_names(path))
    expected = [{"Zoe\u0308": "Zoë"}.get(line.strip(), line.strip()) for line in lines]
    assert found == [[name for name in expected if name]] * 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"emma\n" * 100 + b"j.r.\n" + b"emma\n" * 9, "names.txt:101: the end marker"),
        (
            b"emma\r\n" * 100 + b"j.r.\r\n" + b"ok\r\n" * 50 + b"a.\r\n",
            "names.txt:101: the end marker '.' inside a name",
        ),
        (
            b"emma\r\n" * 100 + b".\r\n" + b"ok\n" * 50 + b"a.\r\n",
            "choose another data.end_marker (and 1 more: lines 152)",
        ),
        (b"\n\n" * 100 + b"a\xffb\n", "names.txt:201: not UTF-8 (byte 0xff); save the file as UTF-8"),
        (b"j.r.\n" + b"emma\n" * 100 + b"\xff\n", "names.txt:102: not UTF-8 (byte 0xff); save the file as UTF-8"),
        (b"a\rb\rc\r" * 30 + b"\xff", "names.txt:91: not UTF-8"),
        (b".\n" * 50, "(and 49 more: lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, ...)"),
        (b"a\xff\n" * 3 + b".\n\xff\n", "(and 3 more: lines 2, 3, 5)"),
        (
            b"emma\n" * 10 + b"x" * 50 + b"\n.\n",
            "or leave out bad lines (--skip-bad, data.skip_bad) (and 1 more: lines 12)",
        ),
    ],
)
def test_problems_have_the_numbers_of_their_lines_in_the_file(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "names.txt"
    path.write_bytes(content)
    with pytest.raises(UserError) as error:
        read_names(path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("change", ["grow", "shrink", "rewrite"])
def test_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, change: str) -> None:
    path = tmp_path / "names.txt"
    path.write_bytes(b"emma\n" * 2**19)
    chunks = read_chunks(path)
    next(chunks)
    match change:
        case "grow":
            with path.open("ab") as file:
                file.write(b"ava\n")
        case "shrink":
            os.truncate(path, 100)
        case "rewrite":
            path.write_bytes(b"noel\n" * 2**19)
    with pytest.raises(UserError, match=r"names\.txt: changed while it was read; run `dvc repro` again"):
        list(chunks)
