"""Durations: remembered ones first, estimates for trainings that are new."""

from pathlib import Path

import pytest

from makemore.pipeline.durations import expected_durations, remember_durations
from makemore.pipeline.folder import FOLDER
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def _in_folder_with_params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    monkeypatch.chdir(tmp_path)


def test_large_models_with_many_steps_are_expected_to_train_longest() -> None:
    names = [f"train@{variant}" for variant in ("uniform", "count", "bigram", "mlp", "rnn", "gpt", "gpt-modern")]
    durations = expected_durations([*names, "report"])
    assert sorted(names, key=durations.__getitem__)[-2:] == ["train@gpt", "train@gpt-modern"]
    assert durations["train@gpt"] > 2 * durations["train@mlp"]
    assert durations["report"] <= min(durations.values())


def test_remembered_durations_come_first_and_add_up() -> None:
    remember_durations({"train@gpt": 1.04, "report": 2})
    remember_durations({"report": 9.0})
    remember_durations({})
    assert expected_durations(["train@gpt", "report"]) == {"train@gpt": 1.0, "report": 9.0}


def test_invalid_parameters_are_left_to_check() -> None:
    Path("params.yaml").write_text("variants: 1\n", encoding="utf-8")
    assert expected_durations(["train@gpt", "train@gone"])["train@gpt"] > 0


@pytest.mark.parametrize("content", ["", "[]", '{"report": "soon"}', "{"])
def test_damaged_file_is_no_information(content: str) -> None:
    FOLDER.mkdir(parents=True)
    (FOLDER / "durations.json").write_text(content, encoding="utf-8")
    assert expected_durations(["report"]) == {"report": 3.0}
