"""`makemore.load("models:/...")`: the champion from MLflow's registry samples what its files sample."""

from pathlib import Path

import pytest

import makemore
from makemore.core.errors import UserError
from tests.tracking.workspace import Workspace, run_track


def test_champion_is_loaded_by_alias_and_by_version(workspace: Workspace) -> None:
    run_track()
    champion = makemore.load("models:/makemore@champion")
    variant = {run.info.run_id: run.data.tags["variant"] for run in workspace.runs()}
    assert champion.config["model"] in variant.values()
    assert champion.sample(5) == makemore.load(champion.config["model"]).sample(5)
    assert champion.source == "models:/makemore@champion"
    assert makemore.load("models:/makemore/1").sample(5, prefix="e")


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("models:/nobody@champion", "nobody"),
        ("models:/makemore@loser", "loser"),
        ("models:/", "models:/"),
        ("models:/makemore/99", "99"),
    ],
)
def test_what_is_not_there_is_one_line(workspace: Workspace, uri: str, reason: str) -> None:
    run_track()
    with pytest.raises(UserError) as error:
        makemore.load(uri)
    assert str(error.value).startswith("could not query MLflow: ")
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_no_store_is_created(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(UserError, match=r"there is no mlflow\.db here; `dvc repro` creates it"):
        makemore.load("models:/makemore@champion")
    assert not [*tmp_path.iterdir()]
