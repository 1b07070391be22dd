"""Compressed files, folders, and columns of tables give the same names as plain text."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from makemore.core.errors import UserError
from makemore.preparation import decoding, source
from tests.unit.preparation.reading import read_names

NAMES = [f"{name}{number}" for number in range(500) for name in ("emma", "zoë", "a b", "O'Neil, Jr", '"x"')]
TEXT = "".join(f"{name}\n" for name in NAMES).encode()


@pytest.fixture(autouse=True)
def _small_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "CHUNK_BYTES", 1000)
    monkeypatch.setattr(decoding, "BLOCK_BYTES", 3000)
    monkeypatch.setattr(decoding, "_PARQUET_ROWS", 100)


def compress(path: Path, content: bytes, codec: str) -> None:
    with pa.CompressedOutputStream(path, codec) as stream:
        stream.write(content)


def zstd(content: bytes) -> bytes:
    return bytes(pa.compress(content, "zstd", asbytes=True))


def as_csv(path: Path, codec: str | None = None) -> None:
    table = pa.table({"id": range(len(NAMES)), "name": NAMES})
    plain = path.with_name("plain.csv") if codec else path
    pyarrow.csv.write_csv(table, plain)
    if codec:
        compress(path, plain.read_bytes(), codec)
        plain.unlink()


WRITERS: dict[str, Callable[[Path], object]] = {
    "names.txt": lambda path: path.write_bytes(TEXT),
    "names.txt.gz": lambda path: compress(path, TEXT, "gzip"),
    "names.zst": lambda path: compress(path, TEXT, "zstd"),
    "members.gz": lambda path: path.write_bytes(gzip.compress(TEXT[:9000]) + gzip.compress(TEXT[9000:])),
    "names.csv": as_csv,
    "names.csv.gz": lambda path: as_csv(path, "gzip"),
    "names.csv.zst": lambda path: as_csv(path, "zstd"),
    "names.parquet": lambda path: pyarrow.parquet.write_table(pa.table({"id": range(len(NAMES)), "name": NAMES}), path),
}


@pytest.mark.parametrize("name", list(WRITERS))
def test_every_format_gives_the_same_names(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name)
    assert read_names(tmp_path / name, "name" if "csv" in name or "parquet" in name else None) == NAMES


def test_folder_is_all_its_files_by_name(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("emma\nava", encoding="utf-8")
    compress(tmp_path / "a.gz", b"noel\n", "gzip")
    (tmp_path / "c").write_text("\ufeffmax\n", encoding="utf-8")
    (tmp_path / ".hidden").write_text("no\n", encoding="utf-8")
    assert read_names(tmp_path) == ["noel", "emma", "ava", "max"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"a.txt": b"emma\n.\n", "b.txt": b"ava\n"}, "a.txt:2: the end marker '.' inside a name"),
        ({"a.txt": b"emma\n", "b.txt": b"ava\n.\n"}, "b.txt:2: the end marker '.' inside a name"),
        ({"a.txt": b".\n.\n", "b.txt": b"ava\n.\n"}, "(and 2 more: lines 2, b.txt:2)"),
        ({"a.txt": b".\n", "b.txt": b"ava\n\xff\n"}, "b.txt:2: not UTF-8"),
    ],
)
def test_problems_in_a_folder_name_the_file(tmp_path: Path, content: dict[str, bytes], message: str) -> None:
    for name, text in content.items():
        (tmp_path / name).write_bytes(text)
    with pytest.raises(UserError) as error:
        read_names(tmp_path)
    assert message in str(error.value)


def test_missing_values_are_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_bytes(b"name,n\nemma,1\n,2\nj.r.,3\n")
    with pytest.raises(UserError, match=r"names\.csv:4: the end marker"):
        read_names(tmp_path / "names.csv", "name")
    assert read_names(tmp_path / "names.csv", "name", end_marker="|") == ["emma", "j.r."]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("cut.gz", gzip.compress(TEXT)[:-100], r"cut\.gz: cannot be read \(.*\); the file is damaged"),
        ("cut.zst", zstd(TEXT)[:-100], r"cut\.zst: cannot be read \(.*\); the file is damaged"),
        ("cut.bz2", bz2.compress(TEXT)[:-100], r"cut\.bz2: cannot be read \(.*\); the file is damaged"),
        ("cut.xz", lzma.compress(TEXT)[:-100], r"cut\.xz: cannot be read \(.*\); the file is damaged"),
    ],
)
def test_damaged_compressed_file_is_an_error(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        read_names(tmp_path / name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("names.csv", b"id,name\n1,emma\n", r"names\.csv: .*'first'.*; check data.column"),
        ("names.csv", b'first\nemma\n"a\nb"\n', r"names\.csv:3: a line break inside a name; remove it"),
        ("names.csv", b"id,first\n1,emma\n2\n", r"names\.csv: not a table in every line: "),
        ("names.parquet", b"PAR1\x15no", r"names\.parquet: cannot be read as Parquet: "),
    ],
)
def test_table_without_the_names_is_an_error(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        read_names(tmp_path / name, "first")
    assert "\n" not in str(error.value)


def test_parquet_file_without_the_column_is_an_error(tmp_path: Path) -> None:
    WRITERS["names.parquet"](tmp_path / "names.parquet")
    with pytest.raises(UserError, match=r"has no column 'first', only 'id', 'name', 1 to 2; check data.column"):
        read_names(tmp_path / "names.parquet", "first")
