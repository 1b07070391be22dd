"""Errors of MLflow: their secrets are masked, and they end in bounded time."""

import signal
import time

import pytest

from makemore.core.errors import UserError
from makemore.tracking.limits import queries, reason, time_limit


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://me:hunter%2F2@db/mlflow")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "correct horse")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "tok-123")


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("nothing secret", "nothing secret"),
        ("cannot reach http://me:hunter2@host:5000/api", "cannot reach http://***@host:5000/api"),
        ("cannot reach postgresql://me:hunter%2F2@db/mlflow", "cannot reach postgresql://***@db/mlflow"),
        ("password authentication failed: hunter/2", "password authentication failed: ***"),
        ("password authentication failed: hunter%2F2", "password authentication failed: ***"),
        ("bad password correct horse", "bad password ***"),
        ("Authorization: Bearer tok-123", "Authorization: Bearer ***"),
        ("two\nlines", "two lines"),
        ("", "ValueError"),
    ],
)
def test_secrets_are_masked_in_a_reason_of_one_line(message: str, shown: str) -> None:
    assert reason(ValueError(message)) == shown


def test_reason_without_secrets_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"):
        monkeypatch.delenv(name)
    assert reason(ValueError("a b")) == "a b"


def test_error_of_a_query_becomes_a_user_error() -> None:
    with pytest.raises(UserError, match=r"^could not query MLflow: no route to http://\*\*\*@host$"), queries():
        raise OSError("no route to http://me:hunter2@host")


def test_time_limit_ends_a_block_that_takes_too_long() -> None:
    start = time.monotonic()
    with pytest.raises(TimeoutError, match=r"not done after 0\.05 seconds"), time_limit(0.05):
        time.sleep(60)
    assert time.monotonic() - start < 30


def test_time_limit_leaves_no_timer_and_no_handler_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(60):
        assert signal.getsignal(signal.SIGALRM) is not before
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
