"""The results of a variant as files."""

import math
from pathlib import Path

import pytest

from makemore.core import layout
from makemore.core.artifacts import write_artifact
from makemore.core.curve import write_curve
from makemore.core.errors import UserError
from makemore.core.files import write_text
from makemore.models.base import catalog
from makemore.report.stage_outputs import Result
from tests.unit.report.conftest import MakeResult


@pytest.fixture
def written(make_result: MakeResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    """A result, written as the stages do."""
    monkeypatch.chdir(tmp_path)
    result = make_result("mine", "count", dev=math.inf, test=None, names=("", "zoe", "maxemma", ""))
    catalog.save(result.model, layout.MODELS / "mine")
    write_curve(layout.MODELS / "mine" / layout.CURVE_FILE, result.curve)
    write_artifact(layout.METRICS / "mine.json", result.metrics)
    write_artifact(layout.DETAILS / "mine.json", result.details)
    write_artifact(layout.SAMPLES / "mine.json", result.statistics)
    write_text(layout.SAMPLES / "mine.txt", "".join(f"{name}\n" for name in result.names))
    return result


def test_result_is_read_from_the_files_of_the_stages(written: Result) -> None:
    found = Result.read("mine", layout.MODELS / "mine", written.model.vocabulary)
    for part in ("variant", "metrics", "details", "statistics", "names", "curve"):
        assert getattr(found, part) == getattr(written, part), part
    assert found.model.config == written.model.config
    assert (found.nll("train"), found.nll("dev")) == (2.5, math.inf)
    assert math.isnan(found.nll("test"))


def test_interval_is_that_of_a_held_out_split(make_result: MakeResult) -> None:
    result = make_result("mine", interval=(2.25, 2.75), test=None)
    assert [result.interval(split) for split in ("train", "dev", "test")] == [None, (2.25, 2.75), None]


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
def test_missing_file_is_an_error(written: Result, path: Path) -> None:
    path.unlink()
    with pytest.raises(UserError, match=f"{path}: no such file; run `dvc repro` to create it"):
        Result.read("mine", layout.MODELS / "mine", written.model.vocabulary)
