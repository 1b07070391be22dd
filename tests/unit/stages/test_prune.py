"""prune: deletes results and locked stages of variants that left params.yaml, and nothing else."""

from pathlib import Path

import pytest
import yaml

from makemore.core.layout import (
    DETAILS,
    ENSEMBLES,
    FOLDER_FILE,
    LOCK,
    LOSSES,
    METRICS,
    MODELS,
    PRUNED,
    SAMPLES,
    STUDENTS,
    WEIGHTS_FILE,
)
from makemore.core.params import Params
from stages import prune, tidy
from tests.conftest import PARAMS, ROOT

KEPT = PARAMS.model_copy(
    update={"variants": {name: PARAMS.variants[name] for name in ("gpt", "count")}, "ensembles": {}}
)
RESULTS = [
    ENSEMBLES / "ensemble" / WEIGHTS_FILE,
    *(folder / f"{variant}.json" for folder in (METRICS, DETAILS, SAMPLES) for variant in ("gpt", "count", "old")),
    *(SAMPLES / f"{variant}.txt" for variant in ("gpt", "old")),
    *(LOSSES / f"{variant}.safetensors" for variant in ("gpt", "old")),
]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the results of four variants and the committed dvc.lock, outside DVC."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_STAGE", raising=False)
    for path in RESULTS:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name, encoding="utf-8")
    LOCK.write_bytes((ROOT / LOCK).read_bytes())


def files() -> set[Path]:
    return {path for path in Path().rglob("*") if path.is_file()}


def locked_stages() -> dict[str, object]:
    stages: dict[str, object] = yaml.safe_load(LOCK.read_text(encoding="utf-8"))["stages"]
    return stages


def test_results_of_removed_variants_are_deleted() -> None:
    kept = {path for path in RESULTS if path.stem in KEPT.variants or path.parent.name in KEPT.variants}
    prune.run(KEPT)
    assert files() == {*kept, PRUNED, LOCK}


def test_tidy_deletes_models_of_removed_variants_and_makes_the_folders_of_others() -> None:
    for variant in ("gpt", "count", "old"):
        (MODELS / variant).mkdir(parents=True)
    tidy.run(KEPT)
    assert sorted(path.name for path in MODELS.iterdir()) == ["count", "gpt"]
    prune.run(KEPT)
    assert [*ENSEMBLES.iterdir(), *STUDENTS.iterdir()] == [ENSEMBLES / FOLDER_FILE, STUDENTS / FOLDER_FILE]


def test_nothing_is_deleted_if_no_variant_was_removed() -> None:
    variants = {variant: {"model": "count"} for variant in ("gpt", "count", "gpt-modern", "old")}
    ensembles = {"ensemble": PARAMS.ensembles["ensemble"].model_copy(update={"members": ["gpt", "count"]})}
    prune.run(PARAMS.model_copy(update={"variants": variants, "ensembles": ensembles}))
    assert files() == {*RESULTS, PRUNED, LOCK}


def test_missing_folders_are_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    monkeypatch.setenv("DVC_STAGE", "prune")
    prune.run(KEPT)
    assert files() == {PRUNED}


@pytest.mark.parametrize("params", [PARAMS, KEPT])
def test_outside_dvc_the_lock_file_is_left_alone(params: Params) -> None:
    """DVC could be writing to it. The output is always the same, so report, which waits for it, need not rerun."""
    prune.run(params)
    assert LOCK.read_bytes() == (ROOT / LOCK).read_bytes()
    assert PRUNED.read_bytes() == b"only current variants have results\n"


def test_locked_stages_of_removed_variants_are_deleted_under_dvc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "prune")
    before = locked_stages()
    prune.run(KEPT)
    variant_of = {name: name.partition("@")[2] for name in before}
    assert locked_stages() == {name: before[name] for name in before if variant_of[name] in {"", *KEPT.variants}}
    assert "train@gpt-modern" in before
    assert "train@gpt" in locked_stages()


def test_other_lines_of_the_lock_file_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "prune")
    LOCK.write_text(
        "schema: '2.0'\n"
        "stages:\n"
        "  check:\n    cmd: a # @\n"
        "  train@old:\n    cmd: b\n    deps:\n    - path: train@gpt\n      md5: 1\n"
        "  train@gpt:\n    cmd: c\n"
        "  sample@gpt-old:\n    cmd: d\n",
        encoding="utf-8",
    )
    prune.run(KEPT)
    assert LOCK.read_text(encoding="utf-8") == (
        "schema: '2.0'\nstages:\n  check:\n    cmd: a # @\n  train@gpt:\n    cmd: c\n"
    )


def test_lock_file_without_removed_variants_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "prune")
    written = LOCK.stat().st_ino
    prune.run(PARAMS)
    assert LOCK.stat().st_ino == written
    assert LOCK.read_bytes() == (ROOT / LOCK).read_bytes()
