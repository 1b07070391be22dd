"""Reading a file of names: what is accepted, and how lines and files that would break a later stage are refused."""

import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.core.errors import UserError
from makemore.preparation.text import read_lines
from tests.unit.corpus.strategies import NAMES
from tests.unit.preparation.reading import read_names


def read(tmp_path: Path, content: bytes, **changes: Any) -> list[str]:
    path = tmp_path / "names.txt"
    path.write_bytes(content)
    return read_names(path, **changes)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"emma\nava\n", ["emma", "ava"]),
        (b"emma\nava", ["emma", "ava"]),
        (b"\xef\xbb\xbfemma\r\nava\r\n", ["emma", "ava"]),
        (b"\n  emma \t\n\n\n\tava\n\n", ["emma", "ava"]),
        (b"emma\nemma\n", ["emma", "emma"]),
        (b"emma\rava\r", ["emma", "ava"]),
        ("\u3000emma\u00a0\n".encode(), ["emma"]),
        ("Zoë\n李娜\nMary-Ann O'Neil\n".encode(), ["Zoë", "李娜", "Mary-Ann O'Neil"]),
        ("Zoe\u0308\n".encode(), ["Zoë"]),
        ("a\n\ufeffemma\n".encode(), ["a", "emma"]),
        ("\u200eemma\u200f\n\u202aava\u202c \n\u2066 noé\u2069\u200b\n\u200b\u2060\n".encode(), ["emma", "ava", "noé"]),
        ("a\u200bb\nc\u200cd\ne\u200df\u200d\n".encode(), ["a\u200bb", "c\u200cd", "e\u200df\u200d"]),
        (b"", []),
        (b"\xef\xbb\xbf", []),
    ],
)
def test_real_world_files_are_accepted(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    assert read(tmp_path, content) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"emma\n\xff\xfeava\n", "names.txt:2: not UTF-8 (byte 0xff); save the file as UTF-8"),
        (b"emma\r\nava\r\nan\xe9\r\n", "names.txt:3: not UTF-8 (byte 0xe9); save the file as UTF-8"),
        (b"emma\na\x07va\n", "names.txt:2: control character U+0007 inside a name; remove it"),
        (b"emma\na\tva\n", "names.txt:2: control character U+0009 inside a name; remove it"),
        (b"emma\nava\x0b\n", "names.txt:2: control character U+000B inside a name; remove it"),
        ("emma\na\u2028va\n".encode(), "names.txt:2: control character U+2028 inside a name; remove it"),
        ("emma\na\ufeffva\n".encode(), "names.txt:2: control character U+FEFF inside a name; remove it"),
        ("a\u202eva\n".encode(), "names.txt:1: control character U+202E inside a name; remove it"),
        (b"emma\nj.r.\n", "names.txt:2: the end marker '.' inside a name; remove it, or choose another"),
        (
            b"emma\n" + b"a" * 41,
            "names.txt:2: 41 characters, but data.max_length is 40; change one of them, or leave out bad lines "
            "(--skip-bad, data.skip_bad)",
        ),
        (b"a.\x07\n" * 2, "(and 1 more: lines 2)"),
    ],
)
def test_bad_lines_are_reported_with_their_numbers(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path, content)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("code", [0xFFFE, 0xFFFF, 0x0, 0x1, 0x1F, 0x7F, 0x85, 0x9F])
def test_what_svg_cannot_contain_is_refused_with_its_line(tmp_path: Path, code: int) -> None:
    """The figures are SVG, and the renderer aborts its process for such a character."""
    with pytest.raises(UserError, match=rf"names\.txt:2: .*U\+{code:04X}.* inside a name; remove it"):
        read(tmp_path, f"emma\nan{chr(code)}na\n".encode())


@pytest.mark.parametrize("code", [0xFFFD, 0xE000, 0xFDD0, 0x1FFFE, 0x10FFFF])
def test_what_svg_can_contain_is_accepted(tmp_path: Path, code: int) -> None:
    assert read(tmp_path, f"an{chr(code)}na\n".encode()) == [f"an{chr(code)}na"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fifo", "not a regular file"),
        ("/dev/zero", "not a regular file"),
        ("folder", "a folder without files"),
        ("missing.txt", "No such file or directory"),
        ("a\0b", r"(stat: )?embedded null (byte|character in path)"),  # the second since Python 3.13
        ("x" * 5000, "File name too long; choose a shorter name"),
        ("file/names.txt", "Not a directory"),
    ],
)
def test_only_a_regular_file_is_read(tmp_path: Path, name: str, reason: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=rf"cannot be read \({reason}.*\); check the path"):
        read_names(tmp_path / name)


@pytest.mark.parametrize("size", [10, 2**21])
def test_bad_lines_are_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr("makemore.preparation.source.CHUNK_BYTES", size)
    monkeypatch.setattr("makemore.preparation.chunk.LONGEST_LINE", 100)
    monkeypatch.setattr("makemore.preparation.source.LONGEST_LINE", 100)
    long, longest = b"x" * 41, b"y" * (size + 200)
    lines = [b"emma", b"\xffava", long, b"", b"a\x07va", longest, b"no\xc3\xab", b"\xef\xbb\xbfmax", b"\xe9"]
    assert read(tmp_path, b"\r\n".join(lines), skip_bad=True) == ["emma", "noë", "max"]
    with pytest.raises(UserError, match=r"names\.txt:8: the end marker"):
        read(tmp_path, b"\n".join([*lines[1:8], b"j.r."]), skip_bad=True)


def test_another_end_marker_frees_the_dot_for_names(tmp_path: Path) -> None:
    assert read(tmp_path, b"j.r.\n", end_marker="|") == ["j.r."]


def test_folder_in_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    with pytest.raises(UserError, match=r": has a folder in it, more; only files are read$"):
        read_names(tmp_path)


@settings(max_examples=50)
@given(NAMES)
def test_written_names_are_read_back(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "names.txt"
    path.write_text("\n".join(names), encoding="utf-8", newline="\n")
    assert read_names(path) == names


@settings(max_examples=200)
@given(st.lists(st.text(st.sampled_from("eé\u0301\u0323\u0308ọ\u1100\u1161\u11a8가한\u0915\u093c\u095aα"), min_size=1)))
def test_names_are_in_normal_form(names: list[str]) -> None:
    found = read_lines("".join(f"{name}\n" for name in names).encode())
    assert found.text() == "".join(f"{unicodedata.normalize('NFC', name)}\n" for name in names)
    assert "".join(map(chr, found.alphabet[found.tokens].tolist())) == found.text()
