"""`makemore.load("models:/...")`: the champion from MLflow's registry samples what its files sample."""

from pathlib import Path

import pytest

import makemore
from makemore.core.errors import UserError
from tests.tracking.workspace import Workspace, run_track


def test_models_of_the_registry(workspace: Workspace) -> None:
    run_track()
    champion = makemore.load("models:/makemore@champion")
    assert champion.source == "models:/makemore@champion"
    assert champion.sample(5) == makemore.load(champion.config["model"]).sample(5)
    assert makemore.load("models:/makemore/1").sample(5, prefix="e")
    for uri, reason in {"models:/nobody@champion": "nobody", "models:/makemore@loser": "loser", "models:/": ""}.items():
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
