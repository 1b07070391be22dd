"""From a file of names to the corpus: what is in it, that chunks make no difference, and what a kill leaves behind."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings

from makemore.core.errors import FileError, UserError
from makemore.core.files import read_json
from makemore.core.layout import CARD_FILE
from makemore.corpus import parts
from makemore.corpus.corpus import Corpus
from makemore.preparation import distinct, merge, source
from makemore.preparation.chunk import Rules, prepare_chunk
from makemore.preparation.prepare import prepare
from makemore.preparation.source import Chunk
from tests.conftest import FEW_NAMES, PARAMS
from tests.unit.corpus.strategies import NAMES

MANY = [f"{name}{chr(ord('a') + number % 26)}{number // 26 * 'x'}" for name in FEW_NAMES for number in range(100)]


def prepared(folder: Path, names: list[str], dev: list[str] | None = None, prefix: str = "", **changes: Any) -> Corpus:
    """The corpus of these names, in folder/corpus."""
    folder.mkdir(exist_ok=True)
    (folder / "names.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8", newline="\n")
    (folder / "dev.txt").write_text("".join(f"{name}\n" for name in dev or []), encoding="utf-8", newline="\n")
    paths = {"path": str(folder / "names.txt"), "dev_path": str(folder / "dev.txt")}
    prepare(PARAMS.data.model_copy(update={**paths, **changes}), prefix, folder / "corpus", folder / "chunks")
    return Corpus.load(folder / "corpus")


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "corpus").iterdir()}


def splits_of(corpus: Corpus) -> dict[str, list[str]]:
    return {split: corpus.decoded(split) for split in corpus.names}


def test_every_name_is_in_one_split_in_order_and_with_repeats(tmp_path: Path) -> None:
    names = [*MANY, *MANY[::3]]
    splits = splits_of(prepared(tmp_path, names))
    assert Counter(name for split in splits.values() for name in split) == Counter(names)
    sets = {split: set(found) for split, found in splits.items()}
    assert sum(map(len, sets.values())) == len(set(names))
    for split, found in splits.items():
        assert found == [name for name in names if name in sets[split]]
    assert len(sets["dev"]) / len(set(names)) == pytest.approx(PARAMS.data.dev_share, abs=0.02)
    assert len(sets["test"]) / len(set(names)) == pytest.approx(PARAMS.data.test_share, abs=0.02)


def test_split_of_a_name_depends_on_no_other_name(tmp_path: Path) -> None:
    whole, half = (splits_of(prepared(tmp_path, names)) for names in (MANY, MANY[::2]))
    assert all(set(half[split]) <= set(whole[split]) for split in whole)


def test_another_seed_gives_another_split(tmp_path: Path) -> None:
    assert splits_of(prepared(tmp_path, MANY)) != splits_of(prepared(tmp_path, MANY, seed=2))


@pytest.mark.parametrize(
    ("names", "dev", "prefix", "shares", "message"),
    [
        (FEW_NAMES, [], "", (0.0, 0.0), "the dev split of its 13 distinct names is empty; add names, or change"),
        (FEW_NAMES, [], "", (0.0, 0.99999), "the train split of its 13 distinct names is empty; add names, or change"),
        (FEW_NAMES, ["emma"], "é", (0.1, 0.1), "params.yaml: sample.prefix: 'é': 'é' is not in the vocabulary"),
        (["", " "], [], "", (0.1, 0.1), "names.txt: contains no names; put one name on each line"),
    ],
)
def test_what_cannot_be_prepared_is_an_error(
    tmp_path: Path, names: list[str], dev: list[str], prefix: str, shares: tuple[float, float], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        prepared(tmp_path, names, dev, prefix, dev_share=shares[0], test_share=shares[1])
    assert not (tmp_path / "corpus").exists()


def test_own_dev_file_leaves_test_alone_and_adds_the_former_dev_names_to_train(tmp_path: Path) -> None:
    before, after = splits_of(prepared(tmp_path, MANY)), splits_of(prepared(tmp_path, MANY, ["emma"]))
    assert after["test"] == before["test"] != []
    assert sorted(after["train"]) == sorted(before["train"] + before["dev"])


def test_data_card_counts_names_characters_and_lengths(tmp_path: Path) -> None:
    prepared(tmp_path, FEW_NAMES, ["emma", "zed", "emma"], test_share=0.0)
    card = read_json(tmp_path / "corpus" / CARD_FILE)
    assert (card["lines"], card["distinct"]) == (14, 13)
    assert card["characters"] == dict(sorted(Counter("".join(FEW_NAMES)).items()))
    assert card["lengths"] == {"2": 1, "3": 7, "4": 3, "6": 2, "8": 1}
    assert card["splits"] == {
        "train": {"words": 14, "distinct": 13, "tokens": 69, "words_also_in_train": 0},
        "dev": {"words": 3, "distinct": 2, "tokens": 14, "words_also_in_train": 2},
        "test": {"words": 0, "distinct": 0, "tokens": 0, "words_also_in_train": 0},
    }


def test_skipped_lines_are_counted(tmp_path: Path) -> None:
    names, bad = [*FEW_NAMES, "x" * 41, "a\x07b", "x" * source.LONGEST_LINE * 4], ["zo\u202ee"]
    corpus = prepared(tmp_path / "bad", names, ["emma", *bad], skip_bad=True, test_share=0.0)
    assert splits_of(corpus) == splits_of(prepared(tmp_path / "good", FEW_NAMES, ["emma"], test_share=0.0))
    card = read_json(tmp_path / "bad/corpus" / CARD_FILE)
    assert card.pop("skipped") == 4
    assert card == read_json(tmp_path / "good/corpus" / CARD_FILE)
    with pytest.raises(UserError, match="contains no names but 1 bad lines"):
        prepared(tmp_path / "none", bad, skip_bad=True)


@settings(max_examples=30)
@given(NAMES)
def test_corpus_gives_back_its_names(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    names = [name for name in names if len(name) <= PARAMS.data.max_length] or ["emma"]
    corpus = prepared(tmp_path_factory.getbasetemp() / "prepared", names, names[:1], test_share=0.0)
    assert splits_of(corpus) == {"train": names, "dev": names[:1], "test": []}
    assert corpus.longest == max(map(len, names))
    in_memory = Corpus.of({"train": names, "dev": names[:1], "test": []}, ".")
    assert corpus.vocabulary == in_memory.vocabulary
    assert torch.equal(corpus.bigrams, in_memory.bigrams)


@pytest.mark.parametrize("dev", [None, ["emma", "zed"]])
def test_files_do_not_depend_on_the_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dev: list[str] | None
) -> None:
    """One chunk and hundreds; and hashes counted in one range, and in many."""
    names = [*MANY, *MANY[::3], "zoë", "李娜", "𝒳𝒴"]
    prepared(tmp_path / "one", names, dev)
    monkeypatch.setattr(source, "CHUNK_BYTES", 50)
    monkeypatch.setattr(distinct, "RANGE", 100)
    prepared(tmp_path / "many", names, dev)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "many")


def test_names_are_stored_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More names change only the last part, and those after it."""
    for module in (parts, merge):
        monkeypatch.setattr(module, "PART_TOKENS", 1000)
    monkeypatch.setattr(source, "CHUNK_BYTES", 300)
    corpus = prepared(tmp_path, MANY)
    before = files_of(tmp_path)
    train = sorted(name for name in before if name.startswith("train"))
    assert train == [f"train-{number:05d}.safetensors" for number in range(len(train))]
    assert len(train) == -(-corpus.names["train"].symbols // 1000)
    assert splits_of(corpus) == splits_of(Corpus.load(tmp_path / "corpus"))
    prepared(tmp_path, [*MANY, *(f"new{name}" for name in MANY[:100])])
    after = files_of(tmp_path)
    assert all(after[name] == before[name] for name in train[:-1])
    prepared(tmp_path, FEW_NAMES, ["emma"])
    assert "train-00001.safetensors" not in files_of(tmp_path), "parts of another corpus are deleted"


def test_name_longer_than_a_part_has_a_part_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge, "PART_TOKENS", 10)
    names = ["a" * 35, "b", "c", "d" * 8, "e"]
    corpus = prepared(tmp_path, names, ["a"], test_share=0.0)
    assert corpus.decoded("train") == names
    assert [len(part) for part in corpus.names["train"].parts()] == [1, 2, 2]


class Killed(BaseException):
    """Stands for a SIGKILL at this moment."""


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[Chunk]:
    """The chunks that are computed from now on."""
    found: list[Chunk] = []

    def record(chunk: Chunk, rules: Rules) -> Any:
        found.append(chunk)
        return prepare_chunk(chunk, rules)

    monkeypatch.setattr("makemore.preparation.collect.prepare_chunk", record)
    monkeypatch.setattr(source, "CHUNK_BYTES", 200)
    return found


@pytest.mark.parametrize("moment", ["prepare_chunk", "save_part", "write_json"])
def test_killed_preparation_resumes_from_finished_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, computed: list[Chunk], moment: str
) -> None:
    """In the middle of the text, and when the first or the last file of the corpus is written; one chunk is damaged."""
    prepared(tmp_path, MANY)
    expected, total = files_of(tmp_path), len(computed)
    computed.clear()
    finished = total // 2 if moment == "prepare_chunk" else total

    def kill(*arguments: Any) -> Any:
        if moment != "prepare_chunk" or len(computed) == finished:
            raise Killed
        computed.append(arguments[0])
        return prepare_chunk(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(f"makemore.preparation.{'collect' if moment == 'prepare_chunk' else 'merge'}.{moment}", kill)
        if moment == "prepare_chunk":
            (tmp_path / "corpus" / CARD_FILE).unlink()
        with pytest.raises(Killed):
            prepared(tmp_path, MANY)
    assert not (tmp_path / "corpus" / CARD_FILE).exists(), "half a corpus has no card"
    damaged = tmp_path / "chunks/names/000001.chunk"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    computed.clear()
    prepared(tmp_path, MANY)
    assert len(computed) == total - finished + 1
    assert files_of(tmp_path) == expected
    assert not (tmp_path / "chunks").exists()


def test_finished_chunks_of_other_rules_or_names_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = splits_of(prepared(tmp_path, MANY, seed=5))
    monkeypatch.setattr("makemore.preparation.prepare.shutil.rmtree", lambda *_, **__: None)
    prepared(tmp_path, MANY)
    assert (tmp_path / "chunks/names").exists()
    assert splits_of(prepared(tmp_path, MANY, seed=5)) == expected
    assert prepared(tmp_path, MANY[:50], ["emma"]).decoded("dev") == ["emma"]
    assert len(list((tmp_path / "chunks/names").iterdir())) == 1, "chunks are overwritten"


@pytest.mark.parametrize("full", ["chunks/names", "corpus"])
def test_folder_that_cannot_be_written_is_an_error(tmp_path: Path, full: str) -> None:
    (tmp_path / full).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / full).touch()
    with pytest.raises(FileError, match=f"{full}.*: cannot be written: .*; move the file away"):
        prepared(tmp_path, FEW_NAMES, ["emma"])
