"""Lines, words, vocabulary, splits, rows and counts."""

import unicodedata
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from makemore.corpus import (
    PAD,
    Corpus,
    Vocabulary,
    bigram_counts,
    data_card,
    encode_rows,
    inputs_and_targets,
    read_words,
    split_of,
    split_words,
)
from makemore.errors import UserError
from makemore.params import DataParams
from tests.conftest import PARAMS, WORDS

DATA = PARAMS.data
word = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"], exclude_characters="."), min_size=1, max_size=12
)
words = st.lists(word.map(lambda text: unicodedata.normalize("NFC", text.strip())).filter(bool), min_size=1)


def read(tmp_path: Path, content: bytes, **changes: object) -> list[str]:
    path = tmp_path / "names.txt"
    path.write_bytes(content)
    return read_words(path, DATA.model_copy(update=changes))


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
def test_real_files_are_read(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    assert read(tmp_path, content) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"emma\n\xff\xfeava\n", "names.txt:2: not UTF-8 (byte 0xff); save the file as UTF-8"),
        (b"emma\na\x07va\n", "names.txt:2: control character U+0007 inside a name; remove it"),
        (b"emma\na\tva\n", "names.txt:2: control character U+0009 inside a name; remove it"),
        ("emma\na\u2028va\n".encode(), "names.txt:2: control character U+2028 inside a name; remove it"),
        (
            b"emma\nj.r.\n",
            "names.txt:2: the end marker '.' inside a name; remove it, or set data.end_marker to another",
        ),
        (b"emma\n" + b"a" * 41, "names.txt:2: 41 characters; data.max_length is 40"),
        ("emma\na\ufeffva\n".encode(), "names.txt:2: control character U+FEFF inside a name; remove it"),
        ("a\u202eva\n".encode(), "names.txt:1: control character U+202E inside a name; remove it"),
        (b"emma\nava\x0b\n", "names.txt:2: control character U+000B inside a name; remove it"),
        (b".\n" * 3, "(and 2 more: lines 2, 3)"),
        (b".\n" * 9, "(and 8 more: lines 2, 3, 4, 5, 6, ...)"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path, content)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_another_end_marker(tmp_path: Path) -> None:
    assert read(tmp_path, b"j.r.\n", end_marker="|") == ["j.r."]


@pytest.mark.parametrize("name", ["missing.txt", "."])
def test_files_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_words(tmp_path / name, DATA)


@given(words)
def test_written_names_are_read_back(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    path = tmp_path_factory.mktemp("words") / "names.txt"
    path.write_text("\n".join(names), encoding="utf-8", newline="\n")
    assert read_words(path, DATA) == names


@given(words)
def test_encoding_is_undone_by_decoding(names: list[str]) -> None:
    vocabulary = Vocabulary.of(names, ".")
    assert vocabulary.symbols[0] == "."
    assert list(vocabulary.symbols[1:]) == sorted(set("".join(names)))
    corpus = Corpus.of({"train": names, "dev": names[:1], "test": []}, ".")
    assert corpus.words("train") == names
    assert corpus.words("test") == []


def test_unknown_characters_are_refused() -> None:
    with pytest.raises(UserError, match="'x' is not in the vocabulary"):
        Vocabulary.of(["emma"], ".").encode("emx")


def test_names_are_looked_up_in_normal_form() -> None:
    vocabulary = Vocabulary.of(["zoë"], ".")
    assert vocabulary.encode("zoe\u0308") == vocabulary.encode("zoë")


def test_rows_inputs_and_targets() -> None:
    rows = encode_rows(["emma", "a"], Vocabulary.of(["emma"], "."), longest=4)
    assert rows.tolist() == [[0, 2, 3, 3, 1, 0], [0, 1, 0, PAD, PAD, PAD]]
    inputs, targets = inputs_and_targets(rows)
    assert inputs[1].tolist() == [0, 1, 0, 0, 0]
    assert targets[1].tolist() == [1, 0, PAD, PAD, PAD]


@given(words)
def test_bigram_counts_are_those_of_a_loop(names: list[str]) -> None:
    vocabulary = Vocabulary.of(names, ".")
    expected = Counter(pair for name in names for pair in zip("." + name, name + ".", strict=True))
    counts = bigram_counts(encode_rows(names, vocabulary, max(map(len, names))), len(vocabulary))
    found = {
        (vocabulary.symbols[row], vocabulary.symbols[column]): int(counts[row, column])
        for row, column in counts.nonzero().tolist()
    }
    assert found == expected


@given(words, st.integers(min_value=0, max_value=2**32))
def test_a_name_keeps_its_split_whatever_else_is_there(names: list[str], seed: int) -> None:
    data = DATA.model_copy(update={"seed": seed, "dev_share": 0.3, "test_share": 0.3})
    split = {name: split_of(name, data) for name in names}
    try:
        splits = split_words([*names, "more", "names"], [], data)
    except UserError:
        return  # too few for all splits
    for name in names:
        assert [found for found, members in splits.items() if name in members] == [split[name]]
    assert sorted([*names, "more", "names"]) == sorted(name for members in splits.values() for name in members)


def test_shares_of_the_splits() -> None:
    counts = Counter(split_of(str(number), DATA) for number in range(20_000))
    assert counts["dev"] / 20_000 == pytest.approx(DATA.dev_share, abs=0.01)
    assert counts["test"] / 20_000 == pytest.approx(DATA.test_share, abs=0.01)


@pytest.mark.parametrize(("shares", "split"), [((0.0, 0.0), "dev"), ((0.0, 0.99999), "train")])
def test_an_empty_split_is_refused(shares: tuple[float, float], split: str) -> None:
    data = DATA.model_copy(update={"dev_share": shares[0], "test_share": shares[1]})
    with pytest.raises(UserError, match=f"the {split} split of its 13 distinct names is empty"):
        split_words(WORDS, [], data)


def test_a_dev_file_is_taken_as_it_is() -> None:
    splits = split_words(WORDS, ["emma", "zed"], DATA.model_copy(update={"test_share": 0.0}))
    assert splits == {"train": WORDS, "dev": ["emma", "zed"], "test": []}
    assert data_card(WORDS, splits)["splits"]["dev"]["words_also_in_train"] == 1


def test_data_card() -> None:
    card = data_card(WORDS, {"train": WORDS[:10], "dev": WORDS[10:12], "test": WORDS[12:]})
    assert card["lines"] == 14
    assert card["distinct"] == 13
    assert card["characters"]["z"] == 1
    assert card["lengths"] == {"2": 1, "3": 7, "4": 3, "6": 2, "8": 1}
    assert card["splits"]["dev"] == {"words": 2, "distinct": 2, "tokens": 9, "words_also_in_train": 0}


def test_a_corpus_is_read_as_it_was_written(corpus: Corpus, tmp_path: Path) -> None:
    corpus.save(tmp_path)
    loaded = Corpus.load(tmp_path)
    assert loaded.vocabulary == corpus.vocabulary
    assert torch.equal(loaded.bigrams, corpus.bigrams)
    assert all(torch.equal(loaded.rows[split], corpus.rows[split]) for split in corpus.rows)


def test_data_params_are_checked() -> None:
    assert DataParams.model_validate(DATA.model_dump()) == DATA
