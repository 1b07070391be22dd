"""Checkpoints: a resumed training ends with the same bytes, never uses the checkpoint of another one, and a checkpoint
that cannot be written never ends a training."""

import errno
import os
import signal
from pathlib import Path

import pytest
import torch
from torch import Tensor

from makemore.core import files
from makemore.core.errors import FileError, Interrupted, UserError
from makemore.core.layout import CHECKPOINTS
from makemore.corpus.corpus import Corpus
from makemore.models.base import Point
from makemore.models.base.catalog import parse_config
from makemore.training import checkpoint as checkpoints
from makemore.training import fit as fitting
from makemore.training.checkpoint import Checkpoint, State, open_checkpoint, stop_requests, training_key
from tests.conftest import CONFIGS, FEW_NAMES, MODERN, PARAMS
from tests.unit.training.stopping import stop_after

TRAINED = {name: values for name, values in CONFIGS.items() if "optimizer" in values}
TRAINED["gpt-modern"] = CONFIGS["gpt"] | MODERN  # with two optimisers
STOPS = {name: [1, 9, 3, 16] for name in TRAINED}  # steps between stops: after steps 1, 10, 13 and 29 of 30


def train(corpus: Corpus, name: str, checkpoint: Checkpoint | None = None) -> tuple[dict[str, Tensor], list[Point]]:
    points: list[Point] = []
    model, curve = fitting.fit(parse_config(name, TRAINED[name]), corpus, name, checkpoint, points.append)
    assert points == curve, "also those from before it was resumed"
    return model.state_dict(), curve


@pytest.mark.parametrize(("name", "stops"), [*STOPS.items(), ("gpt-modern", [1] * 29)])
def test_resumed_training_gives_the_same_weights_and_curve(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, stops: list[int]
) -> None:
    expected, expected_curve = train(corpus, name)
    checkpoint = Checkpoint(tmp_path / "run.checkpoint", "key")
    for number, steps in enumerate(stops):
        monkeypatch.setattr(fitting, "stop_requests", stop_after(steps))
        done = sum(stops[: number + 1])
        message = f"{name}: stopped after step {done} of 30; the same command resumes from there"
        with pytest.raises(Interrupted, match=message):
            train(corpus, name, checkpoint)
    monkeypatch.setattr(fitting, "stop_requests", stop_requests)
    weights, curve = train(corpus, name, checkpoint)
    assert curve == expected_curve
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[key], expected[key]) for key in expected)


def test_checkpoint_is_saved_whenever_it_is_due(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = Checkpoint(tmp_path / "run.checkpoint", "key")
    assert not checkpoint.due(), "not right after the last one"
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    expected, _ = train(corpus, "mlp", checkpoint)
    state = checkpoint.load()
    assert state is not None
    assert state.step == CONFIGS["mlp"]["steps"]
    weights, _ = train(corpus, "mlp", checkpoint)  # nothing left to do
    assert all(torch.equal(weights[key], expected[key]) for key in expected)


CURVE = [Point(0, 3.5, 3.25, 0.0), Point(2, 0.1 + 0.2, 1e-300, float("inf"))]
STATE = State(3, CURVE, {"model/w": torch.arange(6.0).view(2, 3), "adamw/0/step": torch.tensor(3.0)})


def test_loaded_state_equals_the_saved_one(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "run.checkpoint", "key")
    assert checkpoint.load() is None
    checkpoint.save(STATE)
    loaded = checkpoint.load()
    assert loaded is not None
    assert (loaded.step, loaded.curve) == (STATE.step, STATE.curve)
    assert loaded.tensors.keys() == STATE.tensors.keys()
    assert all(torch.equal(loaded.tensors[name], STATE.tensors[name]) for name in STATE.tensors)


@pytest.mark.parametrize("damage", [0, 40, 64, 70, 100, -1, slice(0), slice(1), slice(64), slice(65), slice(100)])
def test_damaged_checkpoint_is_renamed_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: int | slice
) -> None:
    """One byte is changed, or only so many are left."""
    path = tmp_path / "run.checkpoint"
    Checkpoint(path, "key").save(STATE)
    content = bytearray(path.read_bytes())
    if isinstance(damage, slice):
        content = content[damage]
    else:
        content[damage] ^= 1
    path.write_bytes(content)
    assert Checkpoint(path, "key").load() is None
    assert capsys.readouterr().err == (
        f"warning: {path} is damaged (its hash is wrong); renamed to run.damaged, starting over\n"
    )
    assert [file.name for file in tmp_path.iterdir()] == ["run.damaged"]


def test_renamed_checkpoint_of_another_training_is_set_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.checkpoint"
    Checkpoint(path, "seed 1").save(STATE)
    assert Checkpoint(path, "seed 2").load() is None
    assert (
        "(it is the checkpoint of another training); renamed to run.damaged, starting over" in capsys.readouterr().err
    )
    assert [file.name for file in tmp_path.iterdir()] == ["run.damaged"]


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "_replace", fail)
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)


@pytest.mark.usefixtures("full_disk")
def test_training_continues_without_a_checkpoint(
    corpus: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And if it is stopped, it does not promise to resume."""
    checkpoint = Checkpoint(tmp_path / "run.checkpoint", "key")
    _, curve = train(corpus, "mlp", checkpoint)
    assert curve[-1].step == CONFIGS["mlp"]["steps"]
    (warning,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: "))
    assert "run.checkpoint: cannot be written: No space left on device; free some space on the disk;" in warning
    monkeypatch.setattr(fitting, "stop_requests", stop_after(5))
    with pytest.raises(Interrupted, match="the same command starts over, because no checkpoint could be saved"):
        train(corpus, "mlp", checkpoint)


def test_key_depends_on_everything_that_determines_a_run(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    config, compute = parse_config("gpt", CONFIGS["gpt"]), PARAMS.compute
    modules = checkpoints._project_modules()
    loaded = {name.removeprefix("makemore.") for name, _ in modules}
    assert {"training.loop", "models.gpt", "models.base.trie", "training.checkpoint"} <= loaded
    monkeypatch.setattr(checkpoints, "_project_modules", lambda: modules)
    key = training_key(config, compute, corpus)
    assert key == training_key(config, compute, corpus)
    other_corpus = Corpus.of({"train": FEW_NAMES[:9], "dev": FEW_NAMES[9:12], "test": FEW_NAMES[12:]}, ".")
    others = [
        training_key(parse_config("gpt", {**CONFIGS["gpt"], "lr": 0.02}), compute, corpus),
        training_key(config, compute.model_copy(update={"arithmetic": "native"}), corpus),
        training_key(config, compute.model_copy(update={"shards": 2}), corpus),
        training_key(config, compute, other_corpus),
    ]
    with monkeypatch.context() as patch:
        patch.setattr(torch, "__version__", "0.0")
        others.append(training_key(config, compute, corpus))
    monkeypatch.setattr(checkpoints, "_project_modules", lambda: modules[1:])
    others.append(training_key(config, compute, corpus))
    assert len({key, *others}) == 1 + len(others)


def test_run_that_ends_removes_its_checkpoint_and_one_that_is_stopped_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    with open_checkpoint("gpt", "0" * 64) as checkpoint:
        checkpoint.save(STATE)
    assert not list((tmp_path / CHECKPOINTS).glob("*.checkpoint"))
    for error, left in ((UserError, 0), (Interrupted, 1), (RuntimeError, 1), (FileError, 1)):  # the last: a full disk
        with pytest.raises(error), open_checkpoint("gpt", "0" * 64) as checkpoint:  # noqa: PT012
            checkpoint.save(STATE)
            raise error
        assert len(list((tmp_path / CHECKPOINTS).glob("*.checkpoint"))) == left
    with open_checkpoint("gpt", "1" * 64) as checkpoint:
        assert checkpoint.load() is None, "a run never uses the checkpoint of another"


def test_checkpoint_of_an_experiment_is_kept_in_the_main_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The temporary copy in which DVC runs an experiment does not outlive a kill."""
    for name in ("main", "copy"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "copy")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / "main"))
    with open_checkpoint("gpt", "0" * 64) as checkpoint:
        checkpoint.save(STATE)
        assert [path.name for path in (tmp_path / "main" / CHECKPOINTS).iterdir()] == [f"gpt-{'0' * 16}.checkpoint"]


def test_signals_and_the_death_of_the_parent_ask_the_training_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)
        with stop_requests() as stop_requested:
            assert not stop_requested()
            os.kill(os.getpid(), number)
            assert stop_requested()
        assert signal.getsignal(number) is before
    with stop_requests() as stop_requested:
        assert not stop_requested()
        monkeypatch.setattr(os, "getppid", lambda: 1)
        assert stop_requested()
