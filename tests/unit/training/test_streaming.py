"""The journal around a training, and when its carrier process starts. No process is started here."""

import time
from pathlib import Path
from typing import Any

import pytest

from makemore.core.errors import Interrupted, UserError
from makemore.core.layout import JOURNALS
from makemore.models.base import Point
from makemore.training import streaming
from makemore.training.journal import hash_of_model, read_journal
from makemore.training.streaming import one_line, streamed_journal

PARAMS = {"variant": "gpt", "model": "gpt", "lr": 0.1}


@pytest.fixture(autouse=True)
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The journals whose carrier would have been started."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.setattr(streaming, "SECONDS_BEFORE_STREAMING", 1e6)
    journals: list[str] = []
    monkeypatch.setattr(streaming.Carrier, "_start", lambda self: journals.append(self._journal.path.name))
    return journals


def train(key: str = "k", params: dict[str, Any] = PARAMS, experiment: str = "makemore") -> Path:
    """The journal of a training that finishes."""
    with streamed_journal("gpt", key, params, experiment) as journal:
        journal.point(Point(0, 1.0, 1.0, 0.0))
        Path("model").mkdir(exist_ok=True)
        journal.trained(Path("model"))
    return journal.path


def test_finished_training_notes_its_model(started: list[str]) -> None:
    training = read_journal(train())
    assert training is not None
    assert (training.variant, training.params, training.experiment) == ("gpt", PARAMS, "makemore")
    assert (training.status, training.model) == ("FINISHED", hash_of_model(Path("model")))
    assert training.folder == str(Path.cwd())
    assert started == [], "the track stage delivers short trainings"


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (UserError("the loss became nan\nat step 3"), "FAILED", "the loss became nan at step 3"),
        (RuntimeError(), "FAILED", "RuntimeError"),
        (Interrupted("stopped after step 10"), "KILLED", "stopped after step 10"),
        (KeyboardInterrupt(), "KILLED", "KeyboardInterrupt"),
        (ValueError("x" * 1000), "FAILED", "x" * 250),
    ],
)
def test_error_is_noted_and_delivered_at_once(error: BaseException, status: str, line: str, started: list[str]) -> None:
    with pytest.raises(type(error)), streamed_journal("gpt", "k", PARAMS, "makemore") as journal:
        raise error
    training = read_journal(journal.path)
    assert training is not None
    assert (training.status, training.error, training.model) == (status, line, "")
    assert one_line(error) == line
    assert started == [journal.path.name], "there may be no track stage for a long time"


def test_same_training_has_the_same_journal_and_another_one_its_own() -> None:
    path = train()
    assert path.parent == JOURNALS
    assert path.name.startswith("gpt-")
    assert train() == path
    others = [train(key="other"), train(params=PARAMS | {"lr": 0.2}), train(experiment="other")]
    assert len({path, *others}) == 4


def test_carrier_starts_when_the_training_is_old_enough(started: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "SECONDS_BEFORE_STREAMING", 0.01)
    with streamed_journal("gpt", "k", PARAMS, "makemore") as journal:
        deadline = time.monotonic() + 30
        while not started and time.monotonic() < deadline:
            time.sleep(0.005)
    assert started == [journal.path.name]


def test_unwritable_journal_starts_no_carrier_and_stops_no_training(
    started: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    JOURNALS.parent.mkdir(parents=True)
    JOURNALS.write_text("not a folder", encoding="utf-8")
    train()
    with pytest.raises(UserError), streamed_journal("gpt", "k", PARAMS, "makemore"):
        raise UserError("diverged")
    assert capsys.readouterr().err.count("warning: ") == 2
    assert started == []
