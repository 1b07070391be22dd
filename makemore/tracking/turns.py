"""Requests take turns to compute, step by step, so a small one need not wait for a large one."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from makemore.core.errors import UserError

SECONDS_PER_REQUEST = 30.0


class Turns:
    """A fair lock: the request that has waited longest is next.

    One request computes at a time, because torch's number of threads, which determines how sums are rounded, is global
    to the process. So an answer does not depend on what else is being computed.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._tickets, self._now = 0, 0
        self._threads = torch.get_num_threads()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A context in which no other request computes, except during `pause`.

        It starts with the number of torch threads at the time when this object was created.
        """
        self._take(self._threads)
        try:
            yield
        finally:
            self._pass_on()

    def pause(self) -> None:
        """Passes the turn on and waits for the next one. Call it during a turn."""
        threads = torch.get_num_threads()
        self._pass_on()
        self._take(threads)

    def _take(self, threads: int) -> None:
        with self._changed:
            ticket = self._tickets
            self._tickets += 1
            self._changed.wait_for(lambda: self._now == ticket)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)

    def _pass_on(self) -> None:
        with self._changed:
            self._now += 1
            self._changed.notify_all()


class Work:
    """The computation of one request, in steps."""

    def __init__(self, turns: Turns, stopped: threading.Event) -> None:
        self._turns, self._stopped = turns, stopped
        self._end = time.monotonic() + SECONDS_PER_REQUEST

    def between_steps(self) -> None:
        """Lets other requests compute. Raises UserError if this one took too long or its client has gone."""
        if self._stopped.is_set():
            raise UserError("the client has gone")
        if time.monotonic() > self._end:
            raise UserError(f"this takes more than {SECONDS_PER_REQUEST:.0f} seconds; ask for less at once")
        self._turns.pause()
