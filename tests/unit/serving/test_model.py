"""What one request to a served model may ask for. The model is called in process, without a server."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from mlflow.exceptions import MlflowException
from mlflow.pyfunc.model import PythonModelContext

from makemore.core.files import write_json
from makemore.core.layout import SETTINGS_FILE
from makemore.evaluation import score
from makemore.models.base import catalog
from makemore.serving.model import NameModel
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


@pytest.mark.parametrize(
    ("questions", "reason"),
    [
        ([{}] * 101, "101 questions; at most 100 are allowed"),
        ([{"score": ["a"] * 10_001}], "at most 10000 items"),
        ([{"score": ["a" * 10_001]}], "at most 10000 characters"),
        ([{"score": ["a" * 10_000] * 10}] * 51, "5,100,510 symbols"),
        ([{"n": 10_000, "max_length": 501}], "5,010,000 symbols"),
        ([{"n": 1, "max_length": 10_000}] * 11, "5,500,000 symbols"),
        ([{"n": 1000}] * 51, "5,100,000 symbols"),
        ([{"max_length": 10**9}], "max_length"),
        ([{"top_k": 10**30}], "top_k"),
        ([{"prefix": "a" * 10_001}], "prefix"),
        ([{"prefix": "\ud800"}], "unicode string"),
        ([{"score": ["emma", "\udfff"]}], "unicode string"),
        ([{"\ud800": 1}], "unicode string"),
        ([{"a" * 10**6: 1}], "inputs"),
        ([{"temperature": 1e308}], "temperature"),
        ([{"score": "emma"}], "list"),
    ],
)
def test_requests_beyond_the_limits_are_refused(gpt: NameModel, questions: list[Any], reason: str) -> None:
    with pytest.raises(MlflowException) as refusal:
        gpt.predict(questions)
    assert refusal.value.error_code == "INVALID_PARAMETER_VALUE"
    assert reason in refusal.value.message
    assert len(refusal.value.message.splitlines()) == 1
    assert len(refusal.value.message) < 600


def test_names_that_cannot_be_scored_have_a_reason(gpt: NameModel) -> None:
    [answer] = cast(list[dict[str, Any]], gpt.predict([{"score": ["Zoe", "emma", "a" * 9_999]}]))
    zoe, emma, longest = answer["scores"]
    assert zoe == {"name": "Zoe", "nats_per_symbol": None, "reason": "'Z' is not in the vocabulary"}
    assert emma == {"name": "emma", "nats_per_symbol": pytest.approx(score(gpt.model, ["emma"])[0])}
    assert longest["reason"] == "a name of 9999 characters, but the model was trained on at most 8"


def test_unexpected_errors_are_logged_and_not_sent(gpt: NameModel, caplog: pytest.LogCaptureFixture) -> None:
    gpt.model = cast(Any, None)
    with pytest.raises(MlflowException, match="the server failed to answer; its log says why") as error:
        gpt.predict([{"n": 1}])
    assert error.value.error_code == "INTERNAL_ERROR"
    assert "stack_trace" not in error.value.json_kwargs
    assert "AttributeError" in caplog.text


def test_a_long_name_costs_its_own_length_not_that_of_all_others(tmp_path: Path, fitted: Fitted) -> None:
    """As one rectangle these rows would take 800 MB."""
    rnn = serve(tmp_path, fitted, "rnn")  # a model of names of any length
    names = ["anna"] * 5_000 + ["a" * 10_000] + ["anna"] * 4_999
    [answer] = cast(list[dict[str, Any]], rnn.predict([{"score": names}]))
    nlls = [each["nats_per_symbol"] for each in answer["scores"]]
    assert nlls[0] == pytest.approx(nlls[-1])
    assert nlls[5_000] != pytest.approx(nlls[0])


def test_an_answer_does_not_depend_on_other_requests(gpt: NameModel) -> None:
    question = {"n": 300, "seed": 5}
    alone = gpt.predict([question])
    with ThreadPoolExecutor() as clients:
        answers = [clients.submit(gpt.predict, [question]) for _ in range(2)]
        _others = [clients.submit(gpt.predict, [{"n": 5}]) for _ in range(10)]
        assert [answer.result() for answer in answers] == [alone] * 2
