"""Files that are damaged, foreign or refused by the system give one line that says which file, and what to do."""

import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch

from makemore.core import layout
from makemore.core.artifacts import Artifact, read_artifact, read_tensors
from makemore.core.errors import FileError, UserError
from makemore.core.files import read_bytes, read_json, write_bytes
from makemore.core.layout import CONFIG_FILE, VOCABULARY_FILE, WEIGHTS_FILE
from makemore.core.results import Details, Metrics, Statistics
from makemore.corpus.corpus import Corpus
from makemore.models.base import catalog
from tests.conftest import ROOT
from tests.unit.conftest import Fitted


def assert_damaged(read: Callable[[], object], path: Path, what: str) -> None:
    with pytest.raises(UserError) as error:
        read()
    assert str(error.value).startswith(f"{path}: damaged, ")
    assert str(error.value).endswith("; delete it and run `dvc repro` to create it again")
    assert what in str(error.value)
    assert "\n" not in str(error.value)


def edit_json(path: Path, change: Callable[[Any], object]) -> None:
    value = json.loads(path.read_bytes())
    changed = change(value)
    path.write_text(json.dumps(value if changed is None else changed), encoding="utf-8")


def edit_tensors(path: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    tensors = safetensors.torch.load(path.read_bytes())
    change(tensors)
    path.write_bytes(safetensors.torch.save(tensors))


# Tensors


TRAIN = "train-00000.safetensors"


@pytest.mark.parametrize("length", [0, 7, 8, 20, 100, -1])
def test_cut_tensors(saved_corpus: Path, length: int) -> None:
    path = saved_corpus / TRAIN
    path.write_bytes(path.read_bytes()[:length])
    assert_damaged(lambda: read_tensors(path), path, "not a whole file of tensors")
    assert_damaged(lambda: Corpus.load(saved_corpus), path, "not a whole file of tensors" if length else "empty")


TOKEN_DAMAGE: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda part: part.pop("offsets"), "not a whole file of tensors"),
    (lambda part: part.update(more=np.zeros(1, np.uint8)), "not a whole file of tensors"),
    (lambda part: part.update(tokens=part["tokens"].astype(np.float32)), "not a whole file of tensors"),
    (lambda part: part.update(tokens=part["tokens"][None]), "not a whole file of tensors"),
    (lambda part: part.update(tokens=part["tokens"].astype(np.uint16)), "its tensors are not of the types of tokens"),
    (lambda part: part.update(offsets=part["offsets"].astype(np.uint16)), "its tensors are not of the types of tokens"),
    (lambda part: part["tokens"].__setitem__(1, 99), "it has tokens that are not in the vocabulary"),
    (lambda part: part["tokens"].__setitem__(1, 0), "its end markers are not at the ends of names"),
    (lambda part: part["tokens"].__setitem__(-1, 1), "its end markers are not at the ends of names"),
    (lambda part: part["offsets"].__setitem__(1, 4), "its end markers are not at the ends of names"),
    (lambda part: part["offsets"].__setitem__(1, 1), "its offsets are not those of names"),
    (lambda part: part["offsets"].__setitem__(0, 1), "its offsets are not those of names"),
    (lambda part: part["offsets"].__setitem__(-1, 2**31), "its offsets are not those of names"),
    (lambda part: part.update(offsets=part["offsets"][:1]), "its offsets are not those of names"),
]


@pytest.mark.parametrize(("damage", "what"), TOKEN_DAMAGE)
def test_tensors_that_are_no_names(saved_corpus: Path, damage: Callable[[dict[str, Any]], object], what: str) -> None:
    path = saved_corpus / TRAIN
    part = {name: array.copy() for name, array in safetensors.numpy.load_file(path).items()}
    damage(part)
    path.write_bytes(safetensors.numpy.save(part))
    assert_damaged(lambda: Corpus.load(saved_corpus), path, what)


@pytest.mark.parametrize(
    ("split", "change", "what"),
    [
        ("dev", {"words": 0, "tokens": 0}, "dev is empty"),
        ("train", {"words": 9}, "it does not describe the names of train"),
        ("test", {"tokens": 7}, "it does not describe the names of test"),
    ],
)
def test_card_of_other_names(saved_corpus: Path, split: str, change: dict[str, int], what: str) -> None:
    edit_json(saved_corpus / layout.CARD_FILE, lambda card: card["splits"][split].update(change))
    assert_damaged(lambda: Corpus.load(saved_corpus), saved_corpus / layout.CARD_FILE, what)


BIGRAM_DAMAGE: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda found: found.pop("train"), "its tensors are not the bigrams of 16 symbols"),
    (lambda found: found.update(train=found["train"][1:]), "its tensors are not the bigrams of 16 symbols"),
    (lambda found: found.update(train=found["train"].astype(np.int32)), "its tensors are not the bigrams"),
    (lambda found: found["train"].__setitem__((1, 1), -1), "its codes and counts are not those of bigrams"),
    (lambda found: found["train"].fill(0), "its codes and counts are not those of bigrams"),
]


@pytest.mark.parametrize(("damage", "what"), BIGRAM_DAMAGE)
def test_tensors_that_are_no_bigrams(saved_corpus: Path, damage: Callable[[dict[str, Any]], object], what: str) -> None:
    path = saved_corpus / layout.BIGRAMS_FILE
    found = {name: array.copy() for name, array in safetensors.numpy.load_file(path).items()}
    damage(found)
    path.write_bytes(safetensors.numpy.save(found))
    assert_damaged(lambda: Corpus.load(saved_corpus).bigram_tally, path, what)


# Vocabularies


@pytest.mark.parametrize(
    "symbols", [{}, [], ["."], [".", "b", "a"], [".", "a", "a"], [".", "a", "."], [".", "ab"], [".", 1], "abc", None]
)
def test_json_that_is_no_vocabulary(saved_corpus: Path, symbols: object) -> None:
    edit_json(saved_corpus / VOCABULARY_FILE, lambda _: symbols)
    if symbols is None:
        (saved_corpus / VOCABULARY_FILE).write_text("null", encoding="utf-8")
    assert_damaged(lambda: Corpus.load(saved_corpus), saved_corpus / VOCABULARY_FILE, "symbols")


def test_model_of_another_vocabulary_is_refused(corpus: Corpus, fitted: Fitted, tmp_path: Path) -> None:
    """Of the same size, so that nothing but its meaning is wrong."""
    catalog.save(fitted("count"), tmp_path)
    edit_json(tmp_path / CONFIG_FILE, lambda saved: saved["vocabulary"].__setitem__(-1, "~"))
    assert catalog.load(tmp_path).vocabulary != corpus.vocabulary
    what = "its vocabulary is not that of the corpus"
    assert_damaged(lambda: catalog.load(tmp_path, corpus.vocabulary), tmp_path / CONFIG_FILE, what)


# Models


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda _: {}, "config: field required"),
        (lambda _: [], "the file: input should be a valid dictionary"),
        (lambda saved: saved.update(config={}), "config.model: there is no model None"),
        (lambda saved: saved["config"].update(smoothing="x"), "config: smoothing: input should be a valid number"),
        (lambda saved: saved.update(longest=0), "longest: input should be greater than or equal to 1"),
        (lambda saved: saved.update(longest="9"), "longest: input should be a valid integer"),
        (lambda saved: saved["vocabulary"].reverse(), "vocabulary: its characters are not sorted"),
    ],
)
def test_json_that_is_no_config(
    fitted: Fitted, tmp_path: Path, change: Callable[[dict[str, Any]], object], what: str
) -> None:
    catalog.save(fitted("count"), tmp_path)
    edit_json(tmp_path / CONFIG_FILE, change)
    assert_damaged(lambda: catalog.load(tmp_path), tmp_path / CONFIG_FILE, what)


WEIGHT_DAMAGE: list[tuple[str, Callable[[dict[str, torch.Tensor]], object], str]] = [
    ("mlp", lambda weights: weights.popitem(), "its tensors are not those of a mlp model"),
    ("mlp", lambda weights: next(iter(weights.values())).fill_(math.nan), "values that are not finite"),
    ("mlp", lambda weights: weights.update({k: v.double() for k, v in weights.items()}), "is torch.float64 and not"),
    ("mlp", lambda weights: weights.update({k: v[:1].clone() for k, v in weights.items()}), "its shapes are not those"),
    ("count", lambda weights: weights["counts"].fill_(-1), "it has negative counts"),
    ("ngram", lambda weights: weights["contexts"].fill_(3), "its contexts do not start with the empty one"),
    ("ngram", lambda weights: weights["grams"].fill_(3), "its codes do not ascend"),
    ("ngram", lambda weights: weights["grams"][-1].fill_(10**9), "it has codes of no context"),
    ("ngram", lambda weights: weights["counts"].fill_(0), "it has counts below 1"),
    ("ngram", lambda weights: weights.update(counts=weights["counts"][:3].clone()), "n-grams and counts do not fit"),
    ("ngram", lambda weights: weights.update(discounts=weights["discounts"][:1].clone()), "not those of order 4"),
]


@pytest.mark.parametrize(("name", "damage", "what"), WEIGHT_DAMAGE)
def test_tensors_that_are_no_weights(
    fitted: Fitted, tmp_path: Path, name: str, damage: Callable[[dict[str, torch.Tensor]], object], what: str
) -> None:
    catalog.save(fitted(name), tmp_path)
    edit_tensors(tmp_path / WEIGHTS_FILE, damage)
    assert_damaged(lambda: catalog.load(tmp_path), tmp_path / WEIGHTS_FILE, what)


# Results


@pytest.mark.parametrize("folder", ["metrics", "details", "samples"])
def test_committed_results_have_their_shape(folder: str) -> None:
    shapes: dict[str, type[Artifact]] = {"metrics": Metrics, "details": Details, "samples": Statistics}
    for path in (ROOT / "reports" / folder).glob("*.json"):
        read_artifact(path, shapes[folder])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda metrics: metrics.pop("dev"), "dev: field required"),
        (lambda metrics: metrics.update(dev=None), "dev: input should be a valid dictionary"),
        (lambda metrics: metrics["dev"].pop("nll"), "dev.nll: field required"),
        (lambda metrics: metrics["dev"].update(nll="low"), "dev.nll: input should be a valid number"),
        (lambda metrics: metrics["dev"].update(nll=-1), "dev.nll: input should be greater than or equal to 0"),
        (lambda metrics: metrics["dev"].update(nll=math.nan), "not valid JSON"),
        (lambda metrics: metrics.update({"a\nb": 1}), r"'a\nb': extra inputs are not permitted"),
    ],
)
def test_json_that_is_no_metrics(tmp_path: Path, change: Callable[[dict[str, Any]], object], what: str) -> None:
    path = tmp_path / "count.json"
    path.write_bytes((ROOT / "reports/metrics/count.json").read_bytes())
    edit_json(path, lambda metrics: change(metrics) and None)
    assert_damaged(lambda: read_artifact(path, Metrics), path, what)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "9" * 5000, "NaN", "-Infinity", "{", "", '{"a": 1', "{'a': 1}", "{}{}", '"\udcff"']
)
def test_json_that_cannot_be_parsed(tmp_path: Path, text: str) -> None:
    (tmp_path / "file.json").write_bytes(text.encode(errors="surrogateescape"))
    assert_damaged(lambda: read_json(tmp_path / "file.json"), tmp_path / "file.json", "not valid JSON")


# The system refuses


def test_path_that_cannot_be_written_is_one_line_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for path, what in (
        (tmp_path / ("x" * 300), "File name too long; choose a shorter name"),
        (tmp_path / "file" / "inner", "move the file away that has the name of a folder"),
        (tmp_path / "folder", "Is a directory; move the folder away that has this name"),
        (Path("/proc/file"), "/proc/file: cannot be written: "),
    ):
        with pytest.raises(FileError) as error:
            write_bytes(path, b"new")
        assert what in str(error.value)
        assert "\n" not in str(error.value)
    assert sorted(tmp_path.iterdir()) == [tmp_path / "file", tmp_path / "folder"]


@pytest.mark.parametrize("name", ["fifo", "folder"])
def test_only_regular_files_are_read(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileError, match=rf"{name}: cannot be read: "):
        read_bytes(tmp_path / name)
