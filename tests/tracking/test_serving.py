"""The champion, served by `mlflow models serve` and queried over HTTP."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mlflow
import pytest

from makemore.core.params import SampleParams
from makemore.evaluation import score
from makemore.models.base import catalog
from makemore.sampling import sample
from tests.tracking.server import answers, free_port, stop, wait_for
from tests.tracking.workspace import Workspace, change_dev_nll, run_track


@pytest.fixture(scope="module")
def served(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of the champion, and the folder of its results. The server runs in another folder."""
    with Workspace.copied(results, tmp_path_factory.mktemp("served")) as workspace:
        change_dev_nll("gpt", 0.5)  # makes it the champion
        run_track()
    port = free_port()
    uri, log = f"http://127.0.0.1:{port}", workspace.folder / "serve.log"
    command = ["models", "serve", "-m", "models:/makemore@champion", "--env-manager", "local", "--port", str(port)]
    # Without PYTHONPATH the server runs the code of the logged model, and it must not write bytecode next to it.
    inherited = {name: value for name, value in workspace.environment.items() if name != "PYTHONPATH"}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *command],
            cwd=tmp_path_factory.mktemp("elsewhere"),
            env=inherited | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def ready() -> bool:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        return answers(f"{uri}/ping")

    wait_for(ready, seconds=120)
    yield uri, workspace.folder
    stop(process)
    assert "Traceback" not in log.read_text(encoding="utf-8")


def ask(uri: str, question: Any) -> tuple[int, Any]:
    """The status and the answer to a POST of JSON, or of bytes as they are."""
    body = question if isinstance(question, bytes) else json.dumps(question).encode()
    request = urllib.request.Request(f"{uri}/invocations", body, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_samples_the_same_names_as_the_command_line(served: tuple[str, Path]) -> None:
    uri, folder = served
    question = {"prefix": "ma", "n": 5, "temperature": 0.8, "seed": 1}
    status, answer = ask(uri, {"inputs": [question, {"n": 2}]})
    assert status == 200
    first, second = (each["names"] for each in answer["predictions"])
    assert len(second) == 2
    settings = json.loads((folder / "params.yaml").read_text(encoding="utf-8"))["sample"]
    params = SampleParams.model_validate(settings | {"names": 5, "prefix": "ma", "temperature": 0.8, "seed": 1})
    assert first == sample(catalog.load(folder / "artifacts/models/gpt"), params)
    assert ask(uri, {"inputs": [question]}) == ask(uri, {"inputs": [question]})


def test_scores_names(served: tuple[str, Path]) -> None:
    uri, folder = served
    names = ["emma", "zoe", "max"]
    status, answer = ask(uri, {"inputs": [{"score": names}]})
    model = catalog.load(folder / "artifacts/models/gpt")
    expected = score(model, names)
    assert status == 200
    assert [each["name"] for each in answer["predictions"][0]["scores"]] == names
    assert [each["nats_per_symbol"] for each in answer["predictions"][0]["scores"]] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"inputs": [{"prefix": "é1"}]}, "is not in the vocabulary"),
        ({"inputs": [{"prefix": "a" * 10_001}]}, "at most 10000 characters"),
        ({"inputs": [{"n": 0}]}, "greater than or equal to 1"),
        ({"inputs": [{"n": 10**9}]}, "less than or equal to 10000"),
        ({"inputs": [{"n": "five"}]}, "valid integer"),
        ({"inputs": [{"n": 10_000, "max_length": 501}]}, "5,010,000 symbols"),
        ({"inputs": [{}] * 101}, "101 questions; at most 100 are allowed"),
        ({"inputs": [{"temprature": 1}]}, "temprature"),
        ({"inputs": [{"temperature": -1}]}, "inputs: temperature: input should be greater than or equal to 0"),
        (b'{"inputs": [{"temperature": NaN}]}', "inputs: temperature: input should be a finite number"),
        ({"inputs": [{"score": ["emma"], "n": 3}]}, "`score` takes nothing else, not n"),
        ({"inputs": [{"score": []}]}, "at least 1 item"),
        ({"inputs": [{"score": ["a"] * 10_001}]}, "at most 10000 items"),
        ({"inputs": [{"score": ["\udfff"]}]}, "unicode string"),
        ({"inputs": ["emma"]}, "dict"),
        ({"inputs": "mar"}, "list"),
        ({"names": 5}, "inputs"),
        (b"{not json", "JSON"),
        (b"\xff", "JSON"),
        (b"", "JSON"),
    ],
)
def test_bad_question_gets_status_400_and_the_reason(served: tuple[str, Path], question: Any, message: str) -> None:
    """MLflow puts the question before our reason. No stack trace and no local path is sent."""
    status, answer = ask(served[0], question)
    assert status == 400, answer
    error = json.loads(answer)
    assert message in error["message"], answer
    assert "stack_trace" not in error
    assert not re.search(r"Traceback|site-packages|/makemore/", answer)


def test_large_requests_and_small_ones_are_answered(served: tuple[str, Path]) -> None:
    """One after the other, and with the same names as alone."""
    alone = ask(served[0], {"inputs": [{"n": 3, "seed": 1}]})
    large = {"inputs": [{"n": 2_000, "max_length": 100}]}
    with ThreadPoolExecutor() as clients:
        answers = [clients.submit(ask, served[0], large) for _ in range(4)]
        assert ask(served[0], {"inputs": [{"n": 3, "seed": 1}]}) == alone
        assert {answer.result()[0] for answer in answers} == {200}


def test_logged_model_is_code_and_weights_without_pickles(served: tuple[str, Path]) -> None:
    _, folder = served
    client = mlflow.MlflowClient(f"sqlite:///{folder}/mlflow.db")
    version = client.get_model_version_by_alias("makemore", "champion")
    logged = client.get_logged_model(str(version.source).removeprefix("models:/"))
    model = Path(logged.artifact_location.removeprefix("file://"))
    files = {path.relative_to(model).as_posix() for path in model.rglob("*") if path.is_file()}
    assert {
        "MLmodel",
        "model.py",
        "input_example.json",
        "requirements.txt",
        "artifacts/model/weights.safetensors",
    } <= files
    assert "code/makemore/models/gpt.py" in files
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".pt", ".pyc"))]
    requirements = (model / "requirements.txt").read_text(encoding="utf-8").split()
    assert any(line.startswith("torch==") for line in requirements)
    assert all("==" in line and "+" not in line for line in requirements)
    assert "signature:" in (model / "MLmodel").read_text(encoding="utf-8")
