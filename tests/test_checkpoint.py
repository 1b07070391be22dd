"""A stopped training ends with the bytes it would have had; checkpoints of other runs are left alone."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import torch
from torch import Tensor

from makemore import checkpoint as checkpoints
from makemore import training
from makemore.checkpoint import FOLDER, Checkpoint, State, open_checkpoint, run_key, stop_requests
from makemore.corpus import Corpus
from makemore.errors import Interrupted, UserError
from makemore.models import Point, parse_config
from tests.conftest import CONFIGS, MODERN, PARAMS, WORDS

TRAINED = {name: values for name, values in CONFIGS.items() if "optimizer" in values}
TRAINED["gpt-modern"] = CONFIGS["gpt"] | MODERN  # with two optimisers


def train(corpus: Corpus, name: str, checkpoint: Checkpoint | None = None) -> tuple[dict[str, Tensor], list[Point]]:
    model, curve = training.train(parse_config(name, TRAINED[name]), corpus, name, checkpoint)
    return model.state_dict(), curve


def stop_after(steps: int) -> Callable[[], AbstractContextManager[Callable[[], bool]]]:
    """In place of `stop_requests`: asks to stop after so many steps."""

    @contextmanager
    def requests() -> Iterator[Callable[[], bool]]:
        left = iter(range(steps))
        yield lambda: next(left, None) == steps - 1

    return requests


@pytest.mark.parametrize("name", TRAINED)
@pytest.mark.parametrize("stops", [[1], [10], [13], [29], [3, 4, 1, 7, 2], [1] * 29])
def test_a_stopped_training_ends_as_if_it_had_not_been(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, stops: list[int]
) -> None:
    expected, expected_curve = train(corpus, name)
    checkpoint = Checkpoint(tmp_path / "run.checkpoint")
    for number, steps in enumerate(stops):
        monkeypatch.setattr(training, "stop_requests", stop_after(steps))
        done = sum(stops[: number + 1])
        with pytest.raises(
            Interrupted, match=f"{name}: stopped after step {done} of 30; `dvc repro` goes on from there"
        ):
            train(corpus, name, checkpoint)
    monkeypatch.setattr(training, "stop_requests", stop_requests)
    weights, curve = train(corpus, name, checkpoint)
    assert curve == expected_curve
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[key], expected[key]) for key in expected)


def test_checkpoints_are_saved_as_time_goes_by(corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN", 0.0)
    checkpoint = Checkpoint(tmp_path / "run.checkpoint")
    expected, _ = train(corpus, "gpt", checkpoint)
    state = checkpoint.load()
    assert state is not None
    assert state.step == CONFIGS["gpt"]["steps"]
    weights, _ = train(corpus, "gpt", checkpoint)  # nothing left to do
    assert all(torch.equal(weights[key], expected[key]) for key in expected)


STATE = State(3, [[0, 3.5, 3.25, 0.0], [2, 0.1 + 0.2, 1e-300, 0.004]], {"model/w": torch.arange(6.0).view(2, 3)})


@pytest.mark.parametrize("position", [0, 40, 64, 70, 100, -1])
def test_a_damaged_checkpoint_is_set_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str], position: int) -> None:
    path = tmp_path / "run.checkpoint"
    checkpoint = Checkpoint(path)
    checkpoint.save(STATE)
    loaded = checkpoint.load()
    assert loaded is not None
    assert (loaded.step, loaded.curve) == (STATE.step, STATE.curve)
    assert torch.equal(loaded.tensors["model/w"], STATE.tensors["model/w"])

    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    assert checkpoint.load() is None
    assert "is damaged" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["run.damaged"]


@pytest.mark.parametrize("length", [0, 1, 64, 65, 100])
def test_a_cut_checkpoint_is_set_aside(tmp_path: Path, length: int) -> None:
    path = tmp_path / "run.checkpoint"
    Checkpoint(path).save(STATE)
    path.write_bytes(path.read_bytes()[:length])
    assert Checkpoint(path).load() is None


def test_the_key_is_that_of_everything_that_determines_a_run(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    config, compute = parse_config("gpt", CONFIGS["gpt"]), PARAMS.compute
    key = run_key(config, compute, corpus)
    assert key == run_key(config, compute, corpus)
    other_corpus = Corpus.of({"train": WORDS[:9], "dev": WORDS[9:12], "test": WORDS[12:]}, ".")
    others = [
        run_key(parse_config("gpt", {**CONFIGS["gpt"], "lr": 0.02}), compute, corpus),
        run_key(config, compute.model_copy(update={"threads": 1}), corpus),
        run_key(config, compute, other_corpus),
    ]
    monkeypatch.setattr(torch, "__version__", "0.0")
    others.append(run_key(config, compute, corpus))
    monkeypatch.undo()
    modules = checkpoints._project_modules()
    assert {"makemore.training", "makemore.models.gpt", "makemore.trie", "makemore.muon", "makemore.checkpoint"} <= {
        name for name, _ in modules
    }
    monkeypatch.setattr(checkpoints, "_project_modules", lambda: modules[1:])
    others.append(run_key(config, compute, corpus))
    assert len({key, *others}) == 1 + len(others)


def test_a_run_that_ends_leaves_no_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    with open_checkpoint("gpt", "0" * 64) as checkpoint:
        checkpoint.save(STATE)
    assert not list((tmp_path / FOLDER).glob("*.checkpoint"))
    for error, left in ((UserError, 0), (Interrupted, 1), (RuntimeError, 1)):
        with pytest.raises(error), open_checkpoint("gpt", "0" * 64) as checkpoint:  # noqa: PT012
            checkpoint.save(STATE)
            raise error
        assert len(list((tmp_path / FOLDER).glob("*.checkpoint"))) == left
    with open_checkpoint("gpt", "1" * 64) as checkpoint:
        assert checkpoint.load() is None, "another run's is never picked up"


def test_one_process_at_a_time_trains_a_variant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # holds the lock until it is killed
        with open_checkpoint("gpt", "0" * 64):
            os.write(writing, b"x")
            signal.pause()
    os.read(reading, 1)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    with open_checkpoint("gpt", "1" * 64):
        os.waitpid(child, 0)
    assert "gpt: another process trains it in this folder; waiting until it is gone" in capfd.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_ask_to_stop(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_requests() as stop_requested:
        assert not stop_requested()
        os.kill(os.getpid(), number)
        assert stop_requested()
    assert signal.getsignal(number) is before


def test_the_end_of_the_parent_process_asks_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    with stop_requests() as stop_requested:
        assert not stop_requested()
        monkeypatch.setattr(os, "getppid", lambda: 1)
        assert stop_requested()
