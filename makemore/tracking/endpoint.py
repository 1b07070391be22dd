"""The HTTP endpoint /invocations of a served model, which replaces MLflow's.

MLflow's own endpoint reads bodies of any size, parses CSV and Parquet, sends stack traces with local paths to the
client, and keeps computing when the client has gone. A model cannot configure this. But `mlflow models serve` loads the
model first and then wraps its endpoint with a function from its own module; `replace_endpoint` replaces that function.
The version of MLflow is pinned in the logged model, and tests/tracking/test_serving_http.py queries a real server.

Every response is JSON: {"predictions": [...]}, or {"error_code": ..., "message": "one line"} with status 400 (429 if
the server is busy, 500 for a failure of the server). Only application/json is accepted, so browsers send a preflight
request before they send anything from another site.
"""

import asyncio
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR, INVALID_PARAMETER_VALUE

STATUS = {"INVALID_PARAMETER_VALUE": 400, "RESOURCE_EXHAUSTED": 429, "INTERNAL_ERROR": 500}
MOST_BYTES = 2**21  # of a request's body; parsing takes up to about 30 times as much memory
SECONDS_BETWEEN_LOOKS = 0.2  # between checks whether the client is still connected

Answer = Callable[[list[Any], threading.Event], list[dict[str, Any]]]


def refusal(reason: str) -> MlflowException:
    """An error with status 400 and the message `reason`."""
    return MlflowException(reason, error_code=INVALID_PARAMETER_VALUE)


def replace_endpoint(answer: Answer) -> None:
    """If this process is `mlflow models serve`, makes it respond with what `answer` returns.

    answer: called in a thread, with the questions and an event that is set when the client has gone
    """
    from mlflow.pyfunc import scoring_server

    if scoring_server._SERVER_MODEL_PATH not in os.environ:
        return
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import Response

    async def invocations(request: Request) -> Response:
        try:
            body = await _body(request)
            content, status = await _answer(request, body, answer), 200
        except ClientDisconnect:
            content, status = {}, 400
        except MlflowException as error:
            content, status = {"error_code": error.error_code, "message": error.message}, STATUS[error.error_code]
        return Response(json.dumps(content), status, media_type="application/json")

    scoring_server._async_catch_mlflow_exception = lambda _: invocations


async def _body(request: Any) -> bytes:
    """The body of a starlette request. A body that is too large is read to its end, as clients expect, but not kept.

    Raises MlflowException if it is too large or not declared as JSON.
    """
    body, size = bytearray(), 0
    async for part in request.stream():
        size += len(part)
        if size <= MOST_BYTES:
            body += part
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise refusal(f"only application/json is served, not {kind[:100] or 'a body without a content type'}")
    if size > MOST_BYTES:
        raise refusal(f"the body has {size:,} bytes; at most {MOST_BYTES:,} are allowed")
    return bytes(body)


async def _answer(request: Any, body: bytes, answer: Answer) -> dict[str, Any]:
    """The response to `body`. Raises MlflowException; unexpected errors are logged here, and not sent."""
    stopped = threading.Event()
    work = asyncio.ensure_future(asyncio.to_thread(lambda: answer(parse_questions(body), stopped)))
    try:
        while not (await asyncio.wait({work}, timeout=SECONDS_BETWEEN_LOOKS))[0]:
            if await request.is_disconnected():
                stopped.set()
        return {"predictions": work.result()}
    except MlflowException:
        raise
    except Exception:
        traceback.print_exc(file=sys.stderr)
        message = "the server failed to answer; its log says why"
        raise MlflowException(message, error_code=INTERNAL_ERROR) from None
    finally:
        stopped.set()


def parse_questions(body: bytes) -> list[Any]:
    """The questions in the body of a request.

    Raises MlflowException if it is not {"inputs": [...]} in JSON.
    """
    try:
        request = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise refusal("the body is not valid JSON in UTF-8") from None
    if not isinstance(request, dict) or list(request) != ["inputs"] or not isinstance(request["inputs"], list):
        raise refusal('the body must be {"inputs": [...]}, with a list of questions')
    return request["inputs"]
