"""What MLflow should hold about a variant, and the key that identifies its run."""

import math
from pathlib import Path
from typing import Any

import pytest

from makemore.core import layout
from makemore.core.curve import Point, write_curve
from makemore.core.files import write_json, write_text
from makemore.core.params import Params
from makemore.tracking.variant import TrackedVariant
from tests.conftest import PARAMS

CURVE = [Point(0, 3.0, 3.0, 0.0), Point(10, 2.0, math.inf, 0.1)]
INFINITE = {"nll": math.inf, "bits_per_char": math.inf, "perplexity": math.inf, "n_tokens": 9}
METRICS: dict[str, Any] = {"model": "count", "n_params": 4, "train": INFINITE, "dev": INFINITE, "test": None}
STATISTICS = {"names": 1, "new": 0.5, "distinct": 1.0, "mean_length": 3.0, "corpus_mean_length": 4.0, "cut": 0.0}
MODEL = layout.MODELS / "count"
SAMPLES = layout.SAMPLES / "count.txt"


@pytest.fixture(autouse=True)
def _results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the files of the variant `count`."""
    monkeypatch.chdir(tmp_path)
    write_text(Path(PARAMS.data.path), "emma\n")
    write_text(MODEL / layout.WEIGHTS_FILE, "weights")
    write_curve(MODEL / layout.CURVE_FILE, CURVE)
    write_json(layout.METRICS / "count.json", METRICS)
    write_json(layout.DETAILS / "count.json", {})
    write_json(layout.SAMPLES / "count.json", STATISTICS)
    write_text(SAMPLES, "ava\n")
    write_text(layout.FIGURES / "losses.svg", "<svg/>")
    write_text(layout.REPORT, "# Report\n")
    write_text(layout.CORPUS / layout.VOCABULARY_FILE, "[]")
    write_text(layout.CORPUS / layout.part_file("train", 0), "tokens")


def of(params: Params = PARAMS) -> TrackedVariant:
    return TrackedVariant.of("count", params)


def test_numbers_have_the_names_that_dvc_gives_them() -> None:
    assert of().numbers() == {
        "n_params": 4,
        **{f"{split}.{name}": value for split in ("train", "dev") for name, value in INFINITE.items()},
        **{f"sample.{name}": value for name, value in STATISTICS.items()},
    }


def test_curve_is_that_of_the_training() -> None:
    assert of().curve() == CURVE


def test_parameters_are_those_of_the_variant_and_of_all_sections_but_track() -> None:
    found = of().params
    assert (found["variant"], found["model"], found["smoothing"]) == ("count", "count", 1)
    assert {name.partition(".")[0] for name in found if "." in name} == {"data", "compute", "evaluate", "sample"}


def test_key_is_the_same_for_the_same_results() -> None:
    assert of().key == of().key
    write_text(MODEL / layout.WEIGHTS_FILE, "weights")
    assert of().key == of().key


@pytest.mark.parametrize(
    "path", [MODEL / layout.WEIGHTS_FILE, MODEL / "new", layout.METRICS / "count.json", SAMPLES, Path(PARAMS.data.path)]
)
def test_key_depends_on_every_result_and_on_the_data(path: Path) -> None:
    before = of().key
    write_text(path, "{}")
    assert of().key != before


def test_key_depends_on_the_parameters() -> None:
    changed = PARAMS.model_copy(update={"variants": {"count": {"model": "count", "smoothing": 2}}, "ensembles": {}})
    assert of(changed).key != of().key


@pytest.mark.parametrize(
    "path", [layout.REPORT, layout.REPORT_HTML, layout.FIGURES / "losses.svg", MODEL / ".weights.1.tmp"]
)
def test_key_does_not_depend_on_the_report_or_on_temporary_files(path: Path) -> None:
    before = of().key
    write_text(path, "another")
    assert of().key == before


def test_hash_of_the_corpus_depends_on_what_the_models_see() -> None:
    before = of().hash_of_corpus
    write_json(layout.CORPUS / layout.CARD_FILE, {"lines": 1})
    assert of().hash_of_corpus == before
    write_text(layout.CORPUS / layout.part_file("train", 0), "other tokens")
    assert of().hash_of_corpus != before
