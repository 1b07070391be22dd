"""The results of a variant as files, and the table that compares all variants."""

import math
from pathlib import Path

import pytest

from makemore.core import layout
from makemore.core.curve import write_curve
from makemore.core.errors import UserError
from makemore.core.files import write_json, write_text
from makemore.models.base import catalog
from makemore.report.results import Result, comparison
from makemore.statistics.ranking import Ranking
from tests.unit.report.conftest import MakeResult, ranked


def test_rank_is_the_number_of_the_group(make_result: MakeResult) -> None:
    losses = {"b": 2.25, "worst": 3.0, "a": 2.25, "best": 2.0, "impossible": math.inf}
    results = [make_result(variant, dev=dev) for variant, dev in losses.items()]
    groups = Ranking([["best"], ["a", "b"], ["worst", "impossible"]], [])
    rows = comparison(results, groups)
    assert [(row["variant"], row["rank"]) for row in rows] == [
        ("b", 2),
        ("worst", 3),
        ("a", 2),
        ("best", 1),
        ("impossible", 3),
    ]


def test_gap_is_the_difference_to_the_best_count_model(make_result: MakeResult) -> None:
    results = [
        make_result("bad", "count", dev=2.75),
        make_result("good", "count", dev=2.5),
        make_result("gpt", dev=2.0),
        make_result("impossible", dev=math.inf),
    ]
    gaps = {row["variant"]: row["gap"] for row in comparison(results, ranked(results))}
    assert gaps == {"gpt": -0.5, "good": 0.0, "bad": 0.25, "impossible": math.inf}


def test_gap_without_a_finite_count_model_is_not_a_number_or_minus_infinity(make_result: MakeResult) -> None:
    results = [make_result("gpt")]
    assert math.isnan(comparison(results, ranked(results))[0]["gap"])
    results.append(make_result("count", "count", dev=math.inf))
    gpt, count = comparison(results, ranked(results))
    assert gpt["gap"] == -math.inf
    assert math.isnan(count["gap"])


def test_row_of_a_variant(make_result: MakeResult) -> None:
    result = make_result("mine", "count", dev=math.log(4), test=None)
    result.metrics["dev"] |= {"nll_low": 1.25, "nll_high": 1.5}
    (row,) = comparison([result], ranked([result]))
    assert math.isnan(row.pop("test")), "there are no test names"
    assert row == {
        "rank": 1,
        "variant": "mine",
        "model": "count",
        "parameters": 16 * 16,
        "train": 2.5,
        "dev": math.log(4),
        "interval": (1.25, 1.5),
        "gap": 0.0,
        "new": 0.25,
        "distinct": 1.0,
        "mean_length": 5.04,
    }


def save(result: Result) -> None:
    """Writes a result as the stages do."""
    catalog.save(result.model, layout.MODELS / result.variant)
    write_curve(layout.MODELS / result.variant / layout.CURVE_FILE, result.curve)
    write_json(layout.METRICS / f"{result.variant}.json", result.metrics)
    write_json(layout.DETAILS / f"{result.variant}.json", result.details)
    write_json(layout.SAMPLES / f"{result.variant}.json", result.statistics)
    write_text(layout.SAMPLES / f"{result.variant}.txt", "".join(f"{name}\n" for name in result.names))


def test_result_is_read_from_the_files_of_the_stages(
    make_result: MakeResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = make_result("mine", "count", dev=math.inf, test=None, names=("", "zoe", "maxemma", ""))
    save(written)
    found = Result.read("mine", written.model.vocabulary)
    for part in ("variant", "metrics", "details", "statistics", "names", "curve"):
        assert getattr(found, part) == getattr(written, part), part
    assert found.model.config == written.model.config
    assert (found.nll("train"), found.nll("dev")) == (2.5, math.inf)
    assert math.isnan(found.nll("test"))


@pytest.mark.parametrize(
    "path",
    [
        layout.METRICS / "mine.json",
        layout.DETAILS / "mine.json",
        layout.SAMPLES / "mine.json",
        layout.SAMPLES / "mine.txt",
        layout.MODELS / "mine" / layout.CURVE_FILE,
        layout.MODELS / "mine" / layout.CONFIG_FILE,
    ],
)
def test_missing_file_is_an_error(
    make_result: MakeResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    written = make_result("mine")
    save(written)
    path.unlink()
    with pytest.raises(UserError, match=f"{path}: no such file; run `dvc repro` to create it"):
        Result.read("mine", written.model.vocabulary)
