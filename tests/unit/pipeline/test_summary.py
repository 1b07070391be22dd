"""What `makemore repro` says to people."""

from pathlib import Path

import pytest

from makemore.core.files import write_json, write_text
from makemore.core.layout import METRICS, REPORT_HTML
from makemore.pipeline.summary import closing_lines, kinds
from tests.unit.conftest import LOSSES


def test_stages_are_counted_by_kind() -> None:
    assert kinds(["check", "train@a", "train@b", "report"]) == "check, 2 x train, report"


def test_end_names_the_best_variant_the_report_and_what_is_next(project: Path) -> None:
    write_text(REPORT_HTML, "")
    metrics = {"model": "mlp", "n_params": 1, "train": LOSSES, "dev": LOSSES | {"nll": 2.1}, "test": None}
    write_json(METRICS / "mlp.json", metrics)
    lines = closing_lines()
    assert lines[1:3] == [
        "best on dev: mlp, 2.1000 nats per symbol",
        "report: reports/report.html (open it in a browser)",
    ]
    assert any("makemore sample mlp" in line for line in lines)
    assert any("make ui" in line for line in lines)


def test_another_pipeline_ends_without_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert closing_lines() == []
