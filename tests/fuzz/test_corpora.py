"""Any file of names is either refused with its line number, or prepared, and every later stage can use it."""

from contextlib import chdir
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.core.artifacts import read_artifact
from makemore.core.files import write_text
from makemore.core.layout import CARD_FILE, CHECKED, CORPUS
from makemore.corpus.card import DataCard
from makemore.corpus.corpus import Corpus
from makemore.report.escape import json_for_html, name_cell
from stages import prepare
from tests.conftest import PARAMS
from tests.fuzz import EXAMPLES
from tests.fuzz.lines import accepted

HOSTILE = st.sampled_from("\0\x1f\x7f\x85\u2028\u202e\ufeff\ufffe\uffff\U0001fffe\U0010ffff\u0301\u0345.|<&\\ \t\u00a0")
LINE = st.text(st.characters(exclude_categories=["Cs"]) | HOSTILE | st.sampled_from("abc"), max_size=50)
FILE = st.lists(LINE, max_size=30).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n", "\r"]).map(lambda end: end.join(lines).encode())
)
CONTENT = FILE | st.binary(max_size=200) | st.tuples(FILE, st.binary(max_size=3), FILE).map(b"".join)
MARKER = st.characters(exclude_categories=["Cs", "Cc", "Zs"]).filter(str.isprintable)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus")
    write_text(path / CHECKED, "")
    return path


@settings(max_examples=EXAMPLES)
@given(content=CONTENT, dev=st.just(b"") | CONTENT, end_marker=st.just(".") | MARKER, prefix=st.just("") | LINE)
def test_corpus_is_refused_or_usable(folder: Path, content: bytes, dev: bytes, end_marker: str, prefix: str) -> None:
    data = {"path": "names.txt", "dev_path": "dev.txt", "end_marker": end_marker}
    params = PARAMS.model_copy(
        update={
            "data": PARAMS.data.model_copy(update=data),
            "sample": PARAMS.sample.model_copy(update={"prefix": prefix}),
        }
    )
    with chdir(folder):
        Path("names.txt").write_bytes(content)
        Path("dev.txt").write_bytes(dev)
        card_file = CORPUS / CARD_FILE
        card_file.unlink(missing_ok=True)
        accepted(lambda: prepare.run(params))
        if not card_file.exists():
            return
        card, corpus = read_artifact(card_file, DataCard), Corpus.load(CORPUS)
    names = [name for split in corpus.names for name in corpus.decoded(split)]
    assert sum(split.names for _, split in card.splits) == len(names)
    assert all(0 < len(name) <= params.data.max_length and end_marker not in name for name in names)
    assert "".join(ElementTree.fromstring(f"<a>{escape(''.join(names))}</a>").itertext()) == "".join(names)  # noqa: S314
    assert "</" not in json_for_html(names)
    assert all(character not in name_cell(name) for name in names for character in "<>|")
