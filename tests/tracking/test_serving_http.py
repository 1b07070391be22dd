"""Requests of all kinds to a real `mlflow models serve`: a clear answer, no local path, and nobody waits for others."""

import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import pytest
from makemore.tracking.endpoint import MOST_BYTES

from makemore.core.files import write_json
from makemore.core.layout import CONFIG_FILE, SETTINGS_FILE, WEIGHTS_FILE
from tests.conftest import PARAMS, ROOT
from tests.tracking.server import free_port, stop

LARGE = json.dumps({"inputs": [{"n": 10_000, "max_length": 100, "temperature": 1000.0}]}).encode()


@pytest.fixture(scope="module")
def port(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a served gpt."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "model").mkdir()
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        shutil.copy(results / "artifacts/models/gpt" / name, folder / "model")
    settings = {"sample": PARAMS.sample.model_dump(), "compute": PARAMS.compute.model_dump()}
    write_json(folder / "model" / SETTINGS_FILE, settings)
    with warnings.catch_warnings(record=True):  # about our type hints
        mlflow.pyfunc.save_model(
            path=folder / "logged",
            python_model=str(ROOT / "makemore/tracking/serving.py"),
            artifacts={"model": str(folder / "model")},
            code_paths=[str(ROOT / "makemore")],
            pip_requirements=["mlflow"],
        )
    port = free_port()
    command = ["models", "serve", "-m", str(folder / "logged"), "--env-manager", "local", "--port", str(port)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *command],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    for _ in range(240):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5):
            break
        assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")
        time.sleep(0.5)
    yield port
    stop(process)
    assert "Traceback" not in (folder / "log").read_text(encoding="utf-8")


def post(port: int, body: Any, content_type: str | None = "application/json") -> tuple[int, dict[str, Any]]:
    """The status and the JSON that answer a POST."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": content_type} if content_type is not None else {}
    connection.request("POST", "/invocations", body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def ask(port: int, *questions: Any) -> tuple[int, dict[str, Any]]:
    return post(port, json.dumps({"inputs": questions}))


def test_questions_are_answered(port: int) -> None:
    status, answer = ask(port, {"n": 3, "seed": 1}, {"score": ["emma"]})
    assert status == 200
    assert len(answer["predictions"][0]["names"]) == 3
    assert answer["predictions"][1]["scores"][0]["name"] == "emma"


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"name\nemma\n", "text/csv", "only application/json is served, not text/csv"),
        (b"\xff\xfe", "text/csv", "only application/json is served"),
        (b"PAR1", "application/vnd.apache.parquet", "only application/json is served"),
        (b"{}", None, "without a content type"),
        (b"{}", "", "without a content type"),
        (b"{}", "application/json; charset=utf-8", 'the body must be {"inputs": [...]}'),
        (b"{not json", "application/json", "not valid JSON"),
        (b"[" * 100_000, "application/json", "not valid JSON"),
        (b'{"inputs": ' + b"9" * 5_000 + b"}", "application/json", "not valid JSON"),
        (b"\xff", "application/json", "not valid JSON"),
        (b"", "application/json", "not valid JSON"),
        (b'{"dataframe_split": {}}', "application/json", "inputs"),
        (b'{"inputs": ["emma"]}', "application/json", "dictionary"),
        (b'{"inputs": [{"prefix": "\\ud800"}]}', "application/json", "unicode"),
        (b'{"inputs": [{"score": ["\\udfff"]}]}', "application/json", "unicode"),
        (b'{"inputs": [{"temperature": NaN}]}', "application/json", "temperature"),
        (b'{"inputs": [{"temperature": 1e999}]}', "application/json", "temperature"),
        (b" " * (MOST_BYTES + 1), "application/json", "at most 2,097,152 are allowed"),
        (b" " * 50_000_000, "application/json", "the body has 50,000,000 bytes"),
    ],
)
def test_bad_requests_get_400_and_one_line(port: int, body: bytes, content_type: str | None, reason: str) -> None:
    status, answer = post(port, body, content_type)
    assert status == 400
    assert reason in answer["message"]
    assert set(answer) == {"error_code", "message"}, "no stack trace"
    assert len(answer["message"].splitlines()) == 1
    assert str(ROOT) not in str(answer)
    assert "site-packages" not in str(answer)


def test_abandoned_requests_do_not_keep_others_waiting(port: int) -> None:
    start = time.monotonic()
    for _ in range(45):
        client = socket.create_connection(("127.0.0.1", port))
        head = (
            f"POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(LARGE)}"
        )
        client.sendall(head.encode() + b"\r\n\r\n" + LARGE)
        client.close()
    asked = time.monotonic()
    status, _ = ask(port, {"n": 3})
    waited = time.monotonic() - asked
    assert status == 200
    assert waited < 10, f"{waited:.1f} s"
    while post(port, LARGE.replace(b"10000", b"  200"))[0] == 429:  # the slots of the abandoned ones are free soon
        assert time.monotonic() - start < 20
        time.sleep(0.1)


def test_large_requests_beyond_the_slots_are_told_to_come_back(port: int) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            stack.callback(connection.close)
            connection.request("POST", "/invocations", LARGE, {"Content-Type": "application/json"})
        time.sleep(0.5)
        status, answer = post(port, LARGE)
        assert status == 429
        assert answer["message"] == "busy with 2 requests of more than 10,000 symbols; try again later"
        assert ask(port, {"n": 1})[0] == 200
