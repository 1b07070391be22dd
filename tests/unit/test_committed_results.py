"""The committed results are complete, and README, report and docs show the same numbers."""

import json
from typing import Any

import pytest

from tests.conftest import PARAMS, ROOT


def metrics_of(variant: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "reports" / "metrics" / f"{variant}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("folder", ["metrics", "details", "samples"])
def test_every_variant_has_results_and_no_other_has(folder: str) -> None:
    assert {path.stem for path in (ROOT / "reports" / folder).iterdir()} == set(PARAMS.all_variants)


@pytest.mark.parametrize("variant", PARAMS.all_variants)
def test_readme_and_report_show_the_committed_losses(variant: str) -> None:
    metrics = metrics_of(variant)
    losses = " | ".join(f"{metrics[split]['nll']:.4f}" for split in ("train", "dev", "test"))
    row = f"| {metrics['n_params']:,} | {losses} |"
    for name in ("README.md", "reports/report.md"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if f"| {variant} |" in line and row in line], name


@pytest.mark.parametrize("variant", PARAMS.all_variants)
def test_docs_of_models_show_the_committed_losses(variant: str) -> None:
    metrics = metrics_of(variant)
    start = f"| {variant} | {metrics['n_params']:,} | {metrics['dev']['nll']:.4f} |"
    assert start in (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
