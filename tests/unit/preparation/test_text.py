"""Reading a file of names: what is accepted, and how bad lines are reported."""

import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.core.errors import UserError
from makemore.preparation.text import may_change, read_lines
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
        (b"emma\n" + b"a" * 41, "names.txt:2: 41 characters, but data.max_length is 40"),
        (b".\n" * 3, "(and 2 more: lines 2, 3)"),
        (b".\n" * 9, "(and 8 more: lines 2, 3, 4, 5, 6, ...)"),
    ],
)
def test_bad_lines_are_reported_with_their_numbers(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path, content)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_another_end_marker_frees_the_dot_for_names(tmp_path: Path) -> None:
    assert read(tmp_path, b"j.r.\n", end_marker="|") == ["j.r."]


def test_folder_in_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    with pytest.raises(UserError, match=r": has a folder in it, more; only files are read$"):
        read_names(tmp_path)


@pytest.mark.parametrize("name", ["missing.txt", "."])
def test_unreadable_file_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"cannot be read \(.*\); check the path"):
        read_names(tmp_path / name)


@settings(max_examples=50)
@given(NAMES)
def test_written_names_are_read_back(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "names.txt"
    path.write_text("\n".join(names), encoding="utf-8", newline="\n")
    assert read_names(path) == names


def test_only_characters_that_may_change_change_when_names_are_normalised() -> None:
    """Normal form C composes what decomposes, and no other characters: the second of a pair must be one that may."""
    for code in range(sys.maxunicode + 1):
        first, _, second = unicodedata.decomposition(chr(code)).partition(" ")
        if first and not first.startswith("<"):
            composed = unicodedata.normalize("NFC", chr(code)) == chr(code)
            assert composed or may_change(code)
            assert not second or may_change(int(second, 16))
        assert not unicodedata.combining(chr(code)) or may_change(code)


@settings(max_examples=200)
@given(st.lists(st.text(st.sampled_from("eé\u0301\u0323\u0308ọ\u1100\u1161\u11a8가한\u0915\u093c\u095aα"), min_size=1)))
def test_names_are_in_normal_form(names: list[str]) -> None:
    found = read_lines("".join(f"{name}\n" for name in names).encode())
    assert found.text() == "".join(f"{unicodedata.normalize('NFC', name)}\n" for name in names)
    assert "".join(map(chr, found.alphabet[found.tokens].tolist())) == found.text()
