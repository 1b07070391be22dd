"""Files as people have them: each is read, or refused with what to do. None is learned as what it is not."""

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore.core.errors import UserError
from makemore.preparation.formats import text_of
from makemore.preparation.tables import find_table
from tests.unit.preparation.reading import read_names

SSA = b"Emma,F,18688\r\nOlivia,F,17921\r\nNoel,M,9\r\n"
CSV = b"name,sex,count\nEmma,F,3\nAva,F,2\nNoel,M,1\n"
EXCEL = "\ufeffName;Anzahl\r\nJosé;3\r\nZoë;1\r\n".encode()
TSV = b"Emma\t3\nAva\t2\n"
UNIQ = b"   3 Emma\n  12 Mary Ann\n   1 Ava\n"
SMILES = b"CCO\tethanol\nC1=CC=CC=C1\tbenzene\n"
QUOTED = b'"name","n"\n"O\'Neil, Jr",2\n"Ava",1\n'


def zipped() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("names.txt"), "emma\n")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (SSA, "looks like a table with 3 columns (first row: Emma, F, 18688): use --column 1 (with --weight 3 if that"),
        (CSV, "looks like a table with 3 columns (first row: name, sex, count): use --column 'name'"),
        (EXCEL, "looks like a table with 2 columns (first row: Name, Anzahl): use --column 'Name'"),
        (TSV, "looks like a table with 2 columns (first row: Emma, 3): use --column 1"),
        (UNIQ, "(first row: 3, Emma): use --column 2 --weight 1"),
        (SMILES, "(first row: CCO, ethanol): use --column 1"),
        (QUOTED, "(first row: name, n): use --column 'name'"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 9\n", "run `git lfs pull`"),
        (b"\n<!DOCTYPE html>\n<html><body>Emma</body></html>", "a web page; download the file itself"),
        (b'["Emma", "Ava"]\n', "jq -r '.[] | .' names.txt"),
        (b'[\n  {"name": "Emma"},\n  {"name": "Ava"}\n]\n', "jq -r '.[] | .name' names.txt"),
        (b'{"name": "Emma"}\n{"name": "Ava"}\n', "jq -r '.name' names.txt"),
        (zipped(), "a ZIP archive or an Office document"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        ("Emma\nAva\n".encode("utf-16"), "iconv -f UTF-16 -t UTF-8 names.txt"),
        (b"1. Anna\n2. Ben\n10. Cleo\n", "numbers in front of names; remove them: sed"),
        (b"- Anna\n- Ben\n", "a list with bullets; remove them: sed"),
        (b"Anna, Ben, Cleo, Dora, Emil\n", "one line with 4 commas; put one name on each line: tr"),
        (b"# first names\nAnna\nBen\n", "comments that start with #; remove them: grep"),
        (b"name\nAnna\nBen\n", "the first line, 'name', looks like a header; use --column 1"),
        (b"Player Name:\nAnna\nBen\n", "the first line, 'Player Name:', looks like a header"),
        (b"Anrede;Ruf\nFrau;Anna\nHerr;Ben\n", "use --column 1, or --column 'Anrede' if the first row names"),
        (b"name, count\nEmma, 18688\nAva, 3\n", "2 columns (first row: name, count): use --column 'name'"),
        (b"Emma, F, 18688\nAva, F, 3\n", "3 columns (first row: Emma, F, 18688): use --column 1"),
        (b"18688\tEmma\n3\tAva\n", "use --column 2 (with --weight 1 if that says how often)"),
        (b'5\t"Emma\n3\tAva\n2\tZoe\n', 'first row: 5, "Emma): use --column 2'),
        (b"   1 Ava\n   2 \n   3 Bo\n", "(first row: 1, Ava): use --column 2 --weight 1"),
        (b'\xef\xbb\xbf["Emma"]', "this is JSON"),
        (b'"Anna"\n"Ben"\n', "names in quotes; use --column 1"),
        (b"An\0na\0\0\0\x01\x02" * 9, "this is binary data, not text"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(tmp_path: Path, content: bytes, advice: str) -> None:
    path = tmp_path / "names.txt"
    path.write_bytes(content)
    with pytest.raises(UserError) as error:
        read_names(path)
    assert str(error.value).startswith(f"{path}: ")
    assert advice in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "column", "weight", "names"),
    [
        (SSA, "1", None, ["Emma", "Olivia", "Noel"]),
        (CSV, "name", None, ["Emma", "Ava", "Noel"]),
        (CSV, "Name", "count", ["Emma", "Emma", "Emma", "Ava", "Ava", "Noel"]),
        (CSV, "1", "3", ["Emma", "Emma", "Emma", "Ava", "Ava", "Noel"]),
        (EXCEL, "Name", "Anzahl", ["José", "José", "José", "Zoë"]),
        (TSV, "1", "2", ["Emma", "Emma", "Emma", "Ava", "Ava"]),
        (UNIQ, "2", "1", ["Emma"] * 3 + ["Mary Ann"] * 12 + ["Ava"]),
        (SMILES, "2", None, ["ethanol", "benzene"]),
        (QUOTED, "name", "n", ["O'Neil, Jr", "O'Neil, Jr", "Ava"]),
        (b"name\nAnna\nBen\n", "1", None, ["Anna", "Ben"]),
        (b"name\nAnna\nBen\n", "name", None, ["Anna", "Ben"]),
        (b"1. Anna\n2. Ben\n", "*", None, ["1. Anna", "2. Ben"]),
        (b'["Anna"]\n', "*", None, ['["Anna"]']),
        (b'name\nSmith, John\nO"Hara\n', "1", None, ["Smith, John", 'O"Hara']),
        (b'"Anna"\n"Ben, B"\n', "1", None, ["Anna", "Ben, B"]),
        (b"Emma,\nOlivia,5\nAva,3\n", "1", "2", ["Olivia"] * 5 + ["Ava"] * 3),
        (b"Emma,NA\nOlivia,5\nAva,3\n", "1", None, ["Emma", "Olivia", "Ava"]),
        (b"emma,4\nava,1\n", "1", None, ["emma", "ava"]),
        (b"name,1880\nEmma,4\nAva,1\n", "1", "1880", ["Emma"] * 4 + ["Ava"]),
        (b'5\t"Emma\n3\tAva\n2\tZoe\n', "2", None, ['"Emma', "Ava", "Zoe"]),
        (b"name, count\nEmma, 2\nAva, 1\n", "name", "count", ["Emma", "Emma", "Ava"]),
        (b"\tname\tcount\n1\tEmma\t2\n2\tAva\t1\n", "name", "count", ["Emma", "Emma", "Ava"]),
        (b"\xef\xbb\xbf   2 Anna\n   1 Ben\n", "2", "1", ["Anna", "Anna", "Ben"]),
        ("Größe,n\nS,1\nXL,2\n".encode(), "Größe", None, ["S", "XL"]),
        (b"2018,0\nEmma,4\nAva,1\n", "2018", None, ["Emma", "Ava"]),
        (b"true,null\nEmma,4\nAva,1\n", "true", "null", ["Emma"] * 4 + ["Ava"]),
    ],
)
def test_columns_by_name_and_number_and_weights(
    tmp_path: Path, content: bytes, column: str, weight: str | None, names: list[str]
) -> None:
    (tmp_path / "names.txt").write_bytes(content)
    assert read_names(tmp_path / "names.txt", column, weight, end_marker="|") == names


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("names.GZ", gzip.compress(b"Emma\nAva\n", mtime=0)),
        ("names.txt", gzip.compress(b"Emma\nAva\n", mtime=0)),
        ("names.bz2", bz2.compress(b"Emma\nAva\n")),
        ("names.xz", lzma.compress(b"Emma\nAva\n")),
        ("names.csv", b"Emma\nAva\n"),
        ("Smith, John", b"Emma\nAva\n"),
    ],
)
def test_lists_are_recognised_whatever_their_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert read_names(tmp_path / name) == ["Emma", "Ava"]


@pytest.mark.parametrize(
    "content",
    [
        b"Smith, John\nDoe, Jane\nRoe, Rick\n",
        b"1,2-dichloroethane\nbenzene\n1,3,5-trimethylbenzene\n",
        b"C-3PO\nR2-D2\nBB-8\n",
        b"Anna\n",
        b"",
        b"42\n7\n1812\n",
        b"a b\nc d\n",
        b"221 Baker Street\n10 Downing Street\n",
        b"Paris, Texas, USA\nBern, Bern, Schweiz\n",
    ],
)
def test_lists_with_commas_and_numbers_are_lists(tmp_path: Path, content: bytes) -> None:
    assert find_table(content.decode()) is None


def test_parquet_without_a_column(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"only": ["Emma", "Ava"]}), tmp_path / "one.bin")
    assert read_names(tmp_path / "one.bin") == ["Emma", "Ava"], "the only column needs no name"
    pa.parquet.write_table(pa.table({"a": ["Emma"], "b": ["Ava"]}), tmp_path / "two.parquet")
    with pytest.raises(UserError, match=r"has the columns 'a', 'b'; check data.column"):
        read_names(tmp_path / "two.parquet")
    pa.parquet.write_table(pa.table({"a": ["Emma", "Ava"], "n": [2, 1]}), tmp_path / "n.parquet")
    assert read_names(tmp_path / "n.parquet", "a", "n") == ["Emma", "Emma", "Ava"]
    assert read_names(tmp_path / "n.parquet", "1", "2") == ["Emma", "Emma", "Ava"]
    pa.parquet.write_table(pa.table({"a": [["Emma"], ["Ava"]]}), tmp_path / "lists.parquet")
    with pytest.raises(UserError, match=r"lists.parquet: cannot be read as Parquet: "):
        read_names(tmp_path / "lists.parquet")


@pytest.mark.parametrize("content", [b"name,n\nEmma,1\n\xff\xfe,2\nAva,1\n", b"  3 Emma\n  2 \xff\xfe\n  1 Ava\n"])
def test_cells_that_are_not_utf8_are_bad_lines(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "names.txt").write_bytes(content)
    column = "name" if content.startswith(b"name") else "2"
    with pytest.raises(UserError, match="not UTF-8"):
        read_names(tmp_path / "names.txt", column)
    assert read_names(tmp_path / "names.txt", column, skip_bad=True) == ["Emma", "Ava"]


@pytest.mark.parametrize(
    ("column", "weight", "message"),
    [
        ("first", None, "has no column 'first', only 'name', 'sex', 'count', 1 to 3; check data.column"),
        ("4", None, "has no column '4', only"),
        ("name", "sex", "names.txt:2: the weight 'F' is not a whole number below 10^9"),
        ("NAMES", None, "has no column 'NAMES', only 'name', 'sex', 'count', 1 to 3; check data.column"),
    ],
)
def test_missing_columns_and_bad_weights(tmp_path: Path, column: str, weight: str | None, message: str) -> None:
    (tmp_path / "names.txt").write_bytes(CSV)
    with pytest.raises(UserError) as error:
        read_names(tmp_path / "names.txt", column, weight)
    assert message in str(error.value)


WORD = st.text("abcdefgäöü -'", min_size=1, max_size=8).map(str.strip).filter(bool)


@given(st.lists(WORD, min_size=2, max_size=30), st.integers(0, 3))
def test_a_list_of_plain_names_is_never_a_table(names: list[str], size: int) -> None:
    text = "\n".join(names).encode()
    assert find_table(text_of(text[: len(text) >> size], is_whole=not size)) is None
