"""Atomic writes, infinity in JSON, and the errors for missing and damaged files."""

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.core.errors import UserError
from makemore.core.files import (
    file_md5,
    files_in,
    read_bytes,
    read_json,
    read_text,
    write_bytes,
    write_json,
    write_text,
)

NO_PROCESS = 2**22 + 1  # above the largest process id that Linux allows
TEXT = st.text().filter(lambda text: text != "Infinity")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, min_value=-1e300) | st.just(math.inf) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_writing_creates_the_folder_and_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.txt"
    write_bytes(path, b"old")
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_failed_rename_keeps_the_old_file_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.txt"
    write_bytes(path, b"old")
    beside: list[bytes] = []

    def fail(self: Path, target: Path) -> None:
        assert target == path
        beside.append(self.read_bytes())
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(UserError, match=r"file\.txt: cannot be written: no space left"):
        write_bytes(path, b"new")
    assert beside == [b"new"], "the content is complete before the rename"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@settings(max_examples=20)  # of some megabytes each
@given(st.lists(st.integers(0, 600_000), max_size=4))
def test_content_of_any_size_is_written_in_order(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]) -> None:
    """It is written in blocks of 2 ** 18 bytes."""
    path = tmp_path_factory.mktemp("content") / "file"
    arrays = [np.arange(size, dtype=np.uint16) for size in sizes]
    write_bytes(path, *(array.data for array in arrays))
    assert path.read_bytes() == b"".join(array.tobytes() for array in arrays)


def test_content_is_on_disk_before_the_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _: calls.append("fsync"))
    monkeypatch.setattr(Path, "replace", lambda *_: calls.append("rename"))
    write_bytes(tmp_path / "file.txt", b"new")
    assert calls == ["fsync", "rename"]


def test_temporary_files_of_dead_processes_are_removed(tmp_path: Path) -> None:
    dead, *others = [
        f".a.json.{NO_PROCESS}.tmp", f".a.json.{os.getppid()}.tmp", f".b.json.{NO_PROCESS}.tmp",
        ".a.json.x.tmp", f".a.json.{'9' * 30}.tmp", ".a.json.\u00b2.tmp",
    ]  # fmt: skip
    for leftover in (dead, *others):
        (tmp_path / leftover).write_bytes(b"half")
    write_bytes(tmp_path / "a.json", b"new")
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", *others}


def test_text_keeps_its_line_endings(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_text(path, "Zoë\r\n李娜\n")
    assert path.read_bytes() == "Zoë\r\n李娜\n".encode()
    assert read_text(path) == "Zoë\r\n李娜\n"


def test_json_is_indented_and_keeps_the_order_of_keys(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_json(path, {"b": math.inf, "a": ["Zoë", (1, 0.1)]})
    expected = """{
  "b": "Infinity",
  "a": [
    "Zoë",
    [
      1,
      0.1
    ]
  ]
}
"""
    assert path.read_text(encoding="utf-8") == expected


@settings(max_examples=50)
@given(JSON)
def test_written_json_is_read_back(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "file.json"
    write_json(path, value)
    json.loads(path.read_bytes(), parse_constant=pytest.fail)  # no bare Infinity, which is not JSON
    assert read_json(path) == value


@pytest.mark.parametrize("value", [math.nan, [math.nan], {"a": {"b": [math.nan]}}, -math.inf])
def test_nan_and_minus_infinity_are_refused(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "file.json"
    write_json(path, 1)
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        write_json(path, value)
    assert json.loads(path.read_text(encoding="utf-8")) == 1
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("read", [read_bytes, read_text, read_json])
def test_missing_file_is_an_error_that_says_what_to_run(tmp_path: Path, read: Any) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path / "file.json")
    assert str(error.value) == f"{tmp_path / 'file.json'}: no such file; run `dvc repro` to create it"


def test_md5_is_that_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"hello\n")
    assert file_md5(path) == "b1946ac92492d2347c6235b4d2611184"


def test_files_of_desktops_are_no_names(tmp_path: Path) -> None:
    for name in ("a.txt", ".DS_Store", "desktop.ini", "Thumbs.db"):
        (tmp_path / name).touch()
    assert files_in(tmp_path) == [tmp_path / "a.txt"]
