"""Stops a training after a given number of steps, without a signal."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager


def stop_after(steps: int) -> Callable[[], AbstractContextManager[Callable[[], bool]]]:
    """A replacement for `checkpoint.stop_requests` that asks to stop after this many steps."""

    @contextmanager
    def requests() -> Iterator[Callable[[], bool]]:
        left = iter(range(steps))
        yield lambda: next(left, None) == steps - 1

    return requests
