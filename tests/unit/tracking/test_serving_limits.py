"""What one request to a served model may ask for. The model is called in process, without a server."""

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from mlflow.exceptions import MlflowException
from mlflow.pyfunc.model import PythonModelContext

from makemore.core.errors import UserError
from makemore.core.files import write_json
from makemore.core.layout import SETTINGS_FILE
from makemore.evaluation import score
from makemore.evaluation.scores import SCORED_PER_STEP
from makemore.models.base import catalog
from makemore.tracking import serving, turns
from makemore.tracking.endpoint import parse_questions
from makemore.tracking.serving import NameModel
from makemore.tracking.turns import Turns, Work
from tests.conftest import PARAMS
from tests.unit.conftest import Fitted


def serve(folder: Path, fitted: Fitted, model: str) -> NameModel:
    """A model as MLflow loads it."""
    catalog.save(fitted(model), folder)
    write_json(folder / SETTINGS_FILE, {"sample": PARAMS.sample.model_dump(), "compute": PARAMS.compute.model_dump()})
    served = NameModel()
    served.load_context(cast(PythonModelContext, SimpleNamespace(artifacts={"model": str(folder)})))
    return served


@pytest.fixture
def gpt(tmp_path: Path, fitted: Fitted) -> NameModel:
    return serve(tmp_path, fitted, "gpt")


@pytest.fixture
def rnn(tmp_path: Path, fitted: Fitted) -> NameModel:
    """A model of names of any length."""
    return serve(tmp_path, fitted, "rnn")


def refused(model: NameModel, *questions: Any) -> str:
    """The reason why `questions` are refused: status 400 and one line."""
    with pytest.raises(MlflowException) as refusal:
        model.answer(list(questions), threading.Event())
    assert refusal.value.error_code == "INVALID_PARAMETER_VALUE"
    assert len(refusal.value.message.splitlines()) == 1
    assert len(refusal.value.message) < 600
    return str(refusal.value.message)


@pytest.mark.parametrize(
    ("questions", "reason"),
    [
        ([{}] * 101, "101 questions; at most 100 are allowed"),
        ([{"score": ["a"] * 10_001}], "at most 10000 items"),
        ([{"score": ["a" * 10_001]}], "at most 10000 characters"),
        ([{"score": ["a" * 9_999]}] * 100 + [], "a name of 9999 characters, but the model was trained on at most 8"),
        ([{"score": ["a" * 10_000]}] * 100, "1,000,100 symbols"),
        ([{"n": 10_000, "max_length": 101}], "1,010,000 symbols"),
        ([{"n": 1000}] * 11, "1,100,000 symbols"),
        ([{"max_length": 10**9}], "max_length"),
        ([{"top_k": 10**30}], "top_k"),
        ([{"prefix": "a" * 10_001}], "prefix"),
        ([{"prefix": "\ud800"}], "unicode string"),
        ([{"score": ["emma", "\udfff"]}], "unicode string"),
        ([{"\ud800": 1}], "unicode string"),
        ([{"temperature": 1e308}], "temperature"),
        (["emma"], "inputs"),
        ([None], "inputs"),
        ([{"score": "emma"}], "list"),
    ],
)
def test_requests_beyond_the_limits_are_refused(gpt: NameModel, questions: list[Any], reason: str) -> None:
    assert reason in refused(gpt, *questions)


def test_a_long_name_costs_its_own_length_not_that_of_all_others(rnn: NameModel) -> None:
    """As one rectangle these rows would take 800 MB."""
    names = ["anna"] * 5_000 + ["a" * 10_000] + ["anna"] * 4_999
    [answer] = cast(list[dict[str, Any]], rnn.predict([{"score": names}]))
    nlls = [each["nll"] for each in answer["scores"]]
    assert nlls[0] == pytest.approx(nlls[-1])
    assert nlls[5_000] != pytest.approx(nlls[0])


def test_names_scored_in_steps_have_the_scores_of_names_scored_at_once(fitted: Fitted) -> None:
    model, names = fitted("gpt"), ["emma", "ava", "zoe", "olivia"] * 800
    steps = []
    nlls = score(model, names, lambda: steps.append(1))
    assert len(steps) > len(names) * 9 // SCORED_PER_STEP
    assert nlls == pytest.approx(score(model, names[:4]) * 800)


@pytest.mark.parametrize("question", [{"n": 1_000}, {"score": ["emma"] * 10_000}])
def test_work_ends_when_its_time_is_up(gpt: NameModel, monkeypatch: pytest.MonkeyPatch, question: Any) -> None:
    monkeypatch.setattr(turns, "SECONDS_PER_REQUEST", 0.0)
    assert refused(gpt, question) == "this takes more than 0 seconds; ask for less at once"


def test_work_ends_when_the_client_has_gone(gpt: NameModel) -> None:
    gone = threading.Event()
    gone.set()
    with pytest.raises(MlflowException, match="the client has gone"):
        gpt.answer([{"n": 1_000}], gone)


def test_small_requests_are_answered_while_large_ones_are_computed(gpt: NameModel) -> None:
    """45 clients that ask for all they may: two are computed, the others are told to come back."""
    large, outcomes = {"n": 10_000, "max_length": 100, "temperature": 1000.0}, []
    stopped = threading.Event()

    def ask() -> None:
        try:
            gpt.answer([large], stopped)
            outcomes.append("answered")
        except MlflowException as error:
            outcomes.append(error.error_code)

    clients = [threading.Thread(target=ask) for _ in range(45)]
    for client in clients:
        client.start()
    while len(outcomes) < 43:
        time.sleep(0.01)
    start = time.monotonic()
    [answer] = cast(list[dict[str, Any]], gpt.predict([{"n": 3}]))
    waited = time.monotonic() - start
    stopped.set()
    for client in clients:
        client.join()
    assert outcomes[:43] == ["RESOURCE_EXHAUSTED"] * 43
    assert len(answer["names"]) == 3
    assert waited < 20
    assert gpt.predict([large | {"n": 200}]), "the slots are free again"


def test_an_answer_does_not_depend_on_other_requests(gpt: NameModel) -> None:
    """Sampling changes torch's number of threads, which belongs to the process."""
    question = {"n": 300, "seed": 5}
    alone, threads = gpt.predict([question]), torch.get_num_threads()
    answers: list[Any] = []
    clients = [threading.Thread(target=lambda: answers.append(gpt.predict([question | {"n": 300}]))) for _ in range(2)]
    clients += [threading.Thread(target=lambda: gpt.predict([{"n": 5}])) for _ in range(10)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert answers == [alone] * len(answers)
    assert torch.get_num_threads() == threads


def test_turns_are_taken_in_order() -> None:
    order, line, started = [], Turns(), threading.Event()

    def client(name: str) -> None:
        with line.turn():
            started.wait()
            for _ in range(3):
                order.append(name)
                line.pause()

    clients = [threading.Thread(target=client, args=(name,)) for name in "ab"]
    for each in clients:
        each.start()
    time.sleep(0.05)
    started.set()
    for each in clients:
        each.join()
    assert order == ["a", "b"] * 3


def test_turns_end_with_an_error() -> None:
    line = Turns()
    with pytest.raises(UserError), line.turn():
        raise UserError("")
    with line.turn():
        Work(line, threading.Event()).between_steps()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 10**5,
        b'{"inputs": ' + b"9" * 10_000 + b"}",
        b"[]",
        b"{}",
        b'{"inputs": 1}',
        b"null",
        b'{"inputs": "mar"}',
        b'{"names": 5}',
        b'{"inputs": [], "params": {}}',
    ],
)
def test_bodies_that_are_no_questions_are_refused(body: bytes) -> None:
    with pytest.raises(MlflowException) as refusal:
        parse_questions(body)
    assert refusal.value.error_code == "INVALID_PARAMETER_VALUE"
    assert len(refusal.value.message.splitlines()) == 1


def test_long_reasons_are_cut() -> None:
    assert len(serving.shortened("a" * 10**6)) < 600
