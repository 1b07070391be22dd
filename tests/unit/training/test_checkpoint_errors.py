"""A checkpoint of another run is never used, and one that cannot be written never ends a training."""

import errno
from pathlib import Path

import pytest
import torch

from makemore.core import files
from makemore.core.errors import FileError, Interrupted
from makemore.core.layout import CHECKPOINTS
from makemore.corpus.corpus import Corpus
from makemore.models.base import Point
from makemore.models.base.catalog import parse_config
from makemore.training import checkpoint as checkpoints
from makemore.training import fit as fitting
from makemore.training.checkpoint import Checkpoint, State, open_checkpoint
from tests.conftest import CONFIGS
from tests.unit.training.stopping import stop_after

STATE = State(3, [Point(0, 3.5, 3.25, 0.0)], {"model/w": torch.zeros(2)})


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "_replace", fail)
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)


def test_renamed_checkpoint_of_another_run_is_set_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.checkpoint"
    Checkpoint(path, "seed 1").save(STATE)
    assert Checkpoint(path, "seed 2").load() is None
    assert capsys.readouterr().err == (
        f"warning: {path} is damaged (it is the checkpoint of another run); renamed to run.damaged, starting over\n"
    )
    assert [file.name for file in tmp_path.iterdir()] == ["run.damaged"]


@pytest.mark.usefixtures("full_disk")
def test_training_continues_without_a_checkpoint(
    corpus: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = Checkpoint(tmp_path / "run.checkpoint", "key")
    _, curve = fitting.fit(parse_config("mlp", CONFIGS["mlp"]), corpus, "mlp", checkpoint)
    assert curve[-1].step == CONFIGS["mlp"]["steps"]
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 1
    assert "run.checkpoint: cannot be written: No space left on device; free some space on the disk;" in warnings[0]


@pytest.mark.usefixtures("full_disk")
def test_stopped_training_without_a_checkpoint_does_not_promise_to_resume(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "stop_requests", stop_after(5))
    with pytest.raises(Interrupted, match="the same command starts over, because no checkpoint could be saved"):
        fitting.fit(parse_config("mlp", CONFIGS["mlp"]), corpus, "mlp", Checkpoint(tmp_path / "run.checkpoint", "key"))


def test_checkpoint_outlives_weights_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    with pytest.raises(FileError), open_checkpoint("gpt", "0" * 64) as checkpoint:  # noqa: PT012
        checkpoint.save(STATE)
        raise FileError("weights.safetensors: cannot be written: No space left on device")
    assert len(list((tmp_path / CHECKPOINTS).glob("*.checkpoint"))) == 1
