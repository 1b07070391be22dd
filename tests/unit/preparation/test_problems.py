"""Names and files that would break a later stage are refused when they are read."""

import os
from pathlib import Path

import pytest

from makemore.core.errors import UserError
from tests.unit.preparation.reading import read_names


@pytest.mark.parametrize("code", [0xFFFE, 0xFFFF, 0x0, 0x1, 0x1F, 0x7F, 0x85, 0x9F])
def test_what_svg_cannot_contain_is_refused_with_its_line(tmp_path: Path, code: int) -> None:
    """The figures are SVG, and the renderer aborts its process for such a character."""
    path = tmp_path / "names.txt"
    path.write_text(f"emma\nan{chr(code)}na\n", encoding="utf-8")
    with pytest.raises(UserError, match=rf"names\.txt:2: .*U\+{code:04X}.* inside a name; remove it"):
        read_names(path)


@pytest.mark.parametrize("code", [0xFFFD, 0xE000, 0xFDD0, 0x1FFFE, 0x10FFFF])
def test_what_svg_can_contain_is_accepted(tmp_path: Path, code: int) -> None:
    path = tmp_path / "names.txt"
    path.write_text(f"an{chr(code)}na\n", encoding="utf-8")
    assert read_names(path) == [f"an{chr(code)}na"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fifo", "not a regular file"),
        ("/dev/zero", "not a regular file"),
        ("folder", "a folder without files"),
        ("a\0b", r"(stat: )?embedded null (byte|character in path)"),  # the second since Python 3.13
        ("x" * 5000, "File name too long; choose a shorter name"),
        ("file/names.txt", "Not a directory"),
    ],
)
def test_only_a_regular_file_is_read(tmp_path: Path, name: str, reason: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=rf"cannot be read \({reason}"):
        read_names(tmp_path / name)
