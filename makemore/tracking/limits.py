"""Time limits for requests to MLflow, and error messages without secrets."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, unquote

from makemore.core.errors import UserError
from makemore.training.journal import first_words

SECRETS = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
USERINFO = re.compile(r"//[^\s'\"<>]*@")  # greedy, since a password may contain a slash: http://user:pass/word@host
SECRET_FIELD = re.compile(r"(?i)([\w.-]*(?:pass|pwd|secret|token|key|credential|auth|signature)[\w.-]*=)[^&\s'\"<>]+")


def reason(error: BaseException) -> str:
    """The message of `error` as one line, with everything that may be a secret masked."""
    text = str(error)
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(secret, "***")
    text = SECRET_FIELD.sub(r"\1***", USERINFO.sub("//***@", text))
    return first_words(text) or type(error).__name__


def _secrets() -> set[str]:
    """The passwords and tokens in the environment, and their parts, as they may appear in a message."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    found = {os.environ.get(name, "") for name in SECRETS}
    before_host = uri.rpartition("@")[0]
    found.add((before_host.partition("//")[2] or before_host).partition(":")[2])
    found |= {field.partition("=")[2] for field in re.split("[?&;]", uri) if SECRET_FIELD.match(field)}
    # A driver that parses the address differently may report part of the password as the host or the port.
    found |= {part for each in found for part in re.split("[@/:?#&]", each) if len(part) > 3}
    return {form for each in found for form in (each, unquote(each), quote(each, safe=""), repr(each)[1:-1]) if form}


@contextmanager
def queries() -> Iterator[None]:
    """For commands that only read: turns any error in the `with` block into a UserError."""
    try:
        yield
    except Exception as error:  # MLflow, SQLite and the network raise many kinds
        raise UserError(f"could not query MLflow: {reason(error)}") from None


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises TimeoutError in the `with` block after `seconds` seconds, then every second until the block ends."""

    def give_up(*_: object) -> None:
        raise TimeoutError(f"not done after {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
