"""The current results against those of a commit."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from makemore.comparing.base import Comparison, compare_base
from makemore.comparing.difference import as_json
from makemore.core.errors import UserError
from makemore.core.files import read_json, write_json, write_text
from makemore.core.layout import LOSSES, METRICS
from makemore.core.params import Params
from tests.unit.comparing.conftest import VARIANTS, WORDS, Record, commit


def compare(*variants: str, revision: str = "HEAD") -> str:
    """The comparison as text, if params.yaml has these variants."""
    return comparison(*variants, revision=revision).markdown()


def comparison(*variants: str, revision: str = "HEAD") -> Comparison:
    params: Any = SimpleNamespace(all_variants=dict.fromkeys(variants or VARIANTS))
    return compare_base(revision, cast(Params, params))


def rows(text: str) -> dict[str, list[str]]:
    """The cells of each row of the tables, by their first cell."""
    cells = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in cells if row[0] != "---"}


@pytest.mark.usefixtures("record")
def test_nothing_has_changed() -> None:
    text = compare()
    assert "No dev NLL has changed." in text
    assert "- Unchanged: good, same, bad" in text
    assert "|" not in text


def test_paired_differences(record: Record) -> None:
    record({"good": 0.02, "same": -0.05, "bad": 0.4}, seed=2)
    text = compare()
    assert "Differences are paired" in text
    table = rows(text)
    assert table["variant"] == ["dev NLL before", "now", "difference", "95% interval", "verdict"]
    assert table["same"][-1] == "better"
    same = as_json(comparison())["changed"]["same"]
    assert same["now"] - same["before"] == pytest.approx(same["difference"]["value"])
    assert (same["difference"]["verdict"], same["paired"]) == ("better", True)
    assert table["same"][2:4] == ["-0.0500", "-0.0500 to -0.0500"], "every name is better by the same"
    assert table["bad"][-1] == "cannot tell"
    low, high = map(float, table["good"][3].split(" to "))
    assert low < float(table["good"][2]) < high
    assert high - low < 0.1, "much narrower than the interval of each"


def test_cache_in_another_folder(record: Record, tmp_path: Path) -> None:
    shutil.move(".dvc/cache", tmp_path / "shared")
    write_text(Path(".dvc/config.local"), f"[cache]\n    dir = {tmp_path / 'shared'}\n")
    record({"good": 0.02, "same": -0.05, "bad": 0.4}, seed=2)
    assert "Differences are paired" in compare()


def test_damaged_losses_in_the_cache_are_one_line(record: Record) -> None:
    for path in Path(".dvc/cache").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1])
    record({"good": 0.5, "same": 0.0, "bad": 0.4})
    with pytest.raises(
        UserError, match=r"compare: artifacts/losses/good\.safetensors of HEAD .*: damaged in the cache"
    ):
        compare()


def test_without_the_cache_differences_are_unpaired(record: Record) -> None:
    record({"good": 0.02, "same": -0.05, "bad": 1.0}, seed=2)
    shutil.rmtree(".dvc")
    text = compare()
    assert "Intervals of good, same, bad are unpaired, and wider than necessary" in text
    assert rows(text)["same"][-1] == "cannot tell"
    assert rows(text)["bad"][-1] == "worse"


def test_another_corpus_is_said(record: Record) -> None:
    record({"good": 0.5}, words=WORDS[:40])
    text = compare("good")
    assert "**The corpus has changed, so the losses are those of different names.**" in text
    assert "paired: both" not in text


def test_new_and_removed_variants_and_parameters(record: Record) -> None:
    record({"good": 0.0, "new": 0.1}, lr=0.1)
    text = compare("good", "new")
    assert "- New: new (" in text
    assert "- Removed: bad (" in text
    table = rows(text)
    assert table["changed parameter"] == ["before", "now"]
    assert table["variants.good.lr"] == ["–", "0.1"]
    found = as_json(comparison("good", "new"))
    assert (list(found["unchanged"]), list(found["new"]), list(found["removed"])) == (
        ["good"],
        ["new"],
        ["bad", "same"],
    )
    assert found["params"]["variants.good.lr"] == {"before": None, "now": "0.1"}
    assert len(found["commit"]) == 40


def test_base_is_any_commit(record: Record) -> None:
    record({"good": 0.3, "same": 0.0, "bad": 0.4})
    commit("More")
    assert "No dev NLL has changed." in compare(revision="HEAD")
    assert rows(compare(revision="HEAD~1"))["good"][-1] == "worse"


def test_base_whose_metrics_have_no_intervals(record: Record) -> None:
    """Such as every commit before intervals were introduced."""
    for path in METRICS.iterdir():
        metrics = read_json(path)
        write_json(path, metrics | {"dev": {k: v for k, v in metrics["dev"].items() if not k.startswith("nll_")}})
    commit("Old")
    record({"good": 1.0, "same": 0.0, "bad": 0.4})
    shutil.rmtree(".dvc")
    assert rows(compare())["good"][2:] == ["+1.0000", "–", "cannot tell"]


@pytest.mark.usefixtures("record")
def test_missing_results_say_what_to_do(tmp_path: Path) -> None:
    (METRICS / "good.json").unlink()
    with pytest.raises(UserError, match=r"reports/metrics/good\.json: no such file; run `dvc repro`"):
        compare()
    assert (tmp_path / LOSSES).exists()
