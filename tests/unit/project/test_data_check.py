"""What is said about a file of names, and which parameters are suggested."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from makemore.core.artifacts import read_artifact
from makemore.core.errors import UserError
from makemore.corpus.card import DataCard
from makemore.models.base.catalog import parse_config
from makemore.preparation.prepare import prepare
from makemore.project import data_check
from makemore.project.data_check import check_data
from makemore.project.suggestions import suggested, with_changes
from makemore.training import memory
from tests.conftest import FEW_NAMES, PARAMS, ROOT

NAMES = [first + second for first in FEW_NAMES for second in FEW_NAMES]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_a_file_contains(tmp_path: Path) -> None:
    Path("names.txt").write_text("\n".join(NAMES), encoding="utf-8")
    found = check_data("names.txt")
    assert (found.names, found.distinct) == (len(NAMES), len({*NAMES}))
    assert found.longest == 16
    assert found.mean_length == pytest.approx(sum(map(len, NAMES)) / len(NAMES))
    assert sum(found.splits.values()) == len(NAMES)
    assert next(iter(found.characters)) == "a"
    assert sum(found.characters.values()) == sum(map(len, NAMES))
    assert found.refused == {}
    assert [*tmp_path.iterdir()] == [tmp_path / "names.txt"], "nothing is left in the folder"


def test_bundled_corpus_needs_no_change() -> None:
    path = ROOT / "datasets" / "names.txt"
    assert check_data(path).changes == {"data.path": str(path)}


def test_column_of_a_table() -> None:
    Path("people.csv").write_text("id,name\n" + "\n".join(f"1,{name}" for name in NAMES), encoding="utf-8")
    found = check_data(Path("people.csv"), "name")
    assert found.names == len(NAMES)
    assert found.changes["data.column"] == "name"


def test_names_with_the_end_marker_and_long_names_are_accepted() -> None:
    names = [f"St. {name}{'|' if number % 2 else '-'}{'x' * 60}" for number, name in enumerate(NAMES)]
    Path("names.txt").write_text("\n".join(names), encoding="utf-8")
    changes = check_data("names.txt").changes
    assert changes["data.end_marker"] == "#"
    assert changes["data.max_length"] == max(map(len, names))


def test_variants_that_do_not_fit_are_named() -> None:
    letters = [chr(0x4E00 + number) for number in range(6_000)]
    Path("names.txt").write_text("\n".join(map("".join, pairwise(letters))), encoding="utf-8")
    refused = check_data("names.txt").refused
    assert {"count", "bigram"} <= refused.keys()
    assert refused["count"].startswith("a table of all pairs of symbols allows at most 5,000 symbols")


@pytest.mark.parametrize(
    ("train", "dev", "expected"),
    [
        (6_900, 860, {}),
        (
            40,
            5,
            {"variants.gpt.steps": 50, "variants.lstm.steps": 50, "variants.bigram.l2": 1.7},
        ),
        (690, 86, {"variants.gpt.steps": 270, "variants.gpt.warmup_steps": 18, "variants.gpt.eval_every": 18}),
        (800_000, 100_000, {"variants.gpt.steps": 16_200, "variants.gpt.smoothing": 0.0, "variants.ngram.order": 6}),
    ],
)
def test_suggestions_follow_the_size(train: int, dev: int, expected: dict[str, object]) -> None:
    found = dict(suggested(PARAMS, dict.fromkeys("abc", 1), 9, {"train": train, "dev": dev, "test": dev}))
    assert found.items() >= expected.items()
    assert bool(found) == bool(expected)


def test_only_the_smoothing_of_targets_shrinks_with_more_names() -> None:
    """The one of `count` is added to counts, and is no share."""
    params = with_changes(PARAMS, {"variants.count.smoothing": 3})
    found = dict(suggested(params, {"a": 1}, 9, {"train": 69_000, "dev": 100, "test": 100}))
    assert found["variants.lstm.smoothing"] == 0.09
    assert "variants.count.smoothing" not in found


@pytest.mark.parametrize("train", [1, 40, 7_000, 10**6, 10**9])
@pytest.mark.parametrize("longest", [1, 6_000, 10_000])
@pytest.mark.parametrize("test_share", [0.1, 0.85])
def test_suggestions_are_valid(train: int, longest: int, test_share: float) -> None:
    params = with_changes(PARAMS, {"data.test_share": test_share, "variants.gpt.warmup_steps": 0})
    splits = {"train": train, "dev": train // 10, "test": train}
    changed = with_changes(params, dict(suggested(params, {".": 1, "a": 1}, longest, splits)))
    for variant, values in changed.variants.items():
        parse_config(variant, values)
    assert changed.variants["gpt"]["warmup_steps"] == 0


def test_nothing_is_suggested_for_variants_that_are_not_valid() -> None:
    broken = {name: value for name, value in PARAMS.variants["gpt"].items() if name != "warmup_steps"}
    params = PARAMS.model_copy(update={"variants": {"gpt": broken, "mlp": PARAMS.variants["mlp"] | {"steps": "many"}}})
    splits = {"train": 40, "dev": 4, "test": 4}
    assert not [key for key, _ in suggested(params, {"a": 1}, 5, splits) if key.startswith("variants")]


def test_variants_are_refused_if_they_do_not_fit_as_suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "device_memory", lambda _: 10**8)
    names = ROOT / "datasets/elements.txt"
    assert check_data(names).refused == {}
    monkeypatch.setattr(data_check, "suggested", lambda *_: [("variants.gpt.n_embd", 2**14)])
    ((variant, problem),) = check_data(names).refused.items()
    assert variant == "gpt"
    assert re.match(r"training [\d,]+ parameters needs at least [\d,.]+ GB of memory, but this machine has", problem)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "names.txt: contains no names; put one name on each line"),
        (b"emma\n\xff\n", "names.txt:2: not UTF-8"),
        (b"emma\n", "names.txt: 1 distinct names are too few to split into train, dev and test; have 10 at least"),
    ],
)
def test_files_that_do_not_work(content: bytes, message: str) -> None:
    Path("names.txt").write_bytes(content)
    with pytest.raises(UserError) as error:
        check_data("names.txt")
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("count", [10, 13, 50, 150])
def test_splits_are_those_of_the_run(count: int, tmp_path: Path) -> None:
    """Few names take a larger share for dev, and perhaps another seed; what is printed is what `prepare` makes."""
    Path("few.txt").write_text("\n".join(sorted({*NAMES})[:count]), encoding="utf-8")
    found = check_data("few.txt")
    assert found.splits["dev"]
    assert found.splits["train"] > found.splits["dev"]
    assert found.notes == [f"{count} distinct names are few: differences between models may be chance"]
    data = with_changes(PARAMS, found.changes | {"data.dev_path": str(tmp_path / "none.txt")}).data
    (tmp_path / "none.txt").touch()
    prepare(data, "", tmp_path / "corpus", tmp_path / "chunks")
    card = read_artifact(tmp_path / "corpus/card.json", DataCard)
    assert {split: getattr(card.splits, split).names for split in found.splits} == found.splits


def test_pasted_paragraph_is_named_and_allowed_on_demand() -> None:
    Path("names.txt").write_text("\n".join([*NAMES, "x" * 5_000]), encoding="utf-8")
    with pytest.raises(UserError) as error:
        check_data("names.txt")
    first, second = str(error.value).splitlines()
    assert first.startswith(f"names.txt:{len(NAMES) + 1}: 5000 characters, but data.max_length is")
    assert second == "most names are much shorter; if they are names, --max-length 5000 allows them"
    assert check_data("names.txt", max_length=5_000).changes["data.max_length"] == 5_000


def test_shorter_ngrams_are_suggested_where_their_table_is_too_large() -> None:
    letters = [chr(0x4E00 + number) for number in range(3_000)]
    Path("names.txt").write_text("\n".join(map("".join, pairwise(letters))), encoding="utf-8")
    found = check_data("names.txt")
    assert found.changes["variants.gpt-modern.ngram_embedding"] == 1
    assert "gpt-modern" not in found.refused


def test_weight_repeats_names() -> None:
    rows = "".join(f"{name},F,{number % 3 + 1}\n" for number, name in enumerate(NAMES))
    Path("yob.txt").write_text(rows, encoding="utf-8")
    found = check_data("yob.txt", "1", "3")
    assert found.names == sum(number % 3 + 1 for number in range(len(NAMES)))
    assert (found.distinct, found.changes["data.weight"]) == (len({*NAMES}), "3")
