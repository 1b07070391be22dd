"""No process of a test outlives it."""

from collections.abc import Iterator

import psutil
import pytest

from tests.distributed.training import STARTED


@pytest.fixture(autouse=True)
def kill_what_was_started() -> Iterator[None]:
    yield
    for process in STARTED:
        if process.poll() is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
            process.communicate()
    STARTED.clear()
