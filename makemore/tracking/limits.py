"""Bounds what MLflow can do to us: the time a request takes, and what its errors reveal."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from makemore.core.errors import UserError
from makemore.training.streaming import one_line

SECRETS = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")


def reason(error: BaseException) -> str:
    """The message of `error` as one line, with passwords masked."""
    text = re.sub(r"//[^/\s]*@", "//***@", one_line(error))
    password = urlsplit(os.environ.get("MLFLOW_TRACKING_URI", "")).password or ""
    for secret in (password, unquote(password), *(os.environ.get(name, "") for name in SECRETS)):
        text = text.replace(secret, "***") if secret else text
    return text


@contextmanager
def queries() -> Iterator[None]:
    """For commands that only read: turns any error in the `with` block into a UserError."""
    try:
        yield
    except Exception as error:  # MLflow, SQLite and the network raise many kinds
        raise UserError(f"could not query MLflow: {reason(error)}") from None


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises TimeoutError in the `with` block after so many seconds, and again every second until the block ends."""

    def give_up(*_: object) -> None:
        raise TimeoutError(f"not done after {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
