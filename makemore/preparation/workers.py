"""Where chunks are computed: in this process, in several processes of this machine, or on a Dask cluster.

The environment variable MAKEMORE_WORKERS is a number of processes, or the address of a Dask scheduler, such as
tcp://10.0.0.1:8786, whose workers have this package and the same versions of its libraries. It is not a parameter,
because results do not depend on it: they come back in the order of the chunks. A worker that dies costs time, not the
result: its chunks are computed again. A chunk takes all it needs with it, so a cluster needs no shared folder.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Thread
from typing import Any, Generic, TypeVar

from makemore.core.errors import UserError, first_line, shown

VARIABLE = "MAKEMORE_WORKERS"
_MOST_PROCESSES = 256
_AHEAD_ON_A_CLUSTER = 32  # chunks: enough to keep its workers busy while results come back
_SECONDS_TO_CONNECT = 10
_ATTEMPTS = 3  # for chunks whose process dies: the chunk itself may be the reason, for example if memory is short

Item = TypeVar("Item")
Result = TypeVar("Result")


class InThisProcess(Executor):
    """Computes at once what is submitted."""

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> "Future[Result]":
        """A future that is done."""
        future: Future[Result] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def beside() -> Executor:
    """Computes something beside this thread, if the environment asks for more than one process."""
    ahead, _ = _choice()
    return ThreadPoolExecutor(1) if ahead else InThisProcess()


def map_in_order(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result]]:
    """Each item and `function` of it, in order. A few items are computed ahead, so only they are in memory.

    Raises UserError if there are no such workers, or if they keep dying.
    """
    with ExitStack() as stack:
        pool = _Pool(function, stack)
        for item in items:
            pool.submit(item)
            if len(pool) > pool.ahead:
                yield pool.next_result()
        while len(pool):
            yield pool.next_result()


class _Pool(Generic[Item, Result]):
    """The items that were submitted and whose results have not been taken yet, and the executor that computes them."""

    def __init__(self, function: Callable[[Item], Result], stack: ExitStack) -> None:
        self._function, self._stack = function, stack
        self._waiting: deque[tuple[Item, Future[Result]]] = deque()
        self._deaths = 0
        self.ahead, self._open = _choice()
        self._executor = stack.enter_context(self._open())

    def __len__(self) -> int:
        return len(self._waiting)

    def submit(self, item: Item) -> None:
        try:
            future = self._executor.submit(self._function, item)
        except BrokenExecutor:
            self._restart()
            future = self._executor.submit(self._function, item)
        self._waiting.append((item, future))

    def next_result(self) -> tuple[Item, Result]:
        while True:
            item, future = self._waiting[0]
            try:
                result = future.result()
            except BrokenExecutor:
                self._restart()
            except Exception as error:
                if type(error).__module__.partition(".")[0] != "distributed":
                    raise
                raise UserError(f"{VARIABLE}: the Dask cluster has given up: {first_line(error)}") from None
            else:
                self._waiting.popleft()
                return item, result

    def _restart(self) -> None:
        """Computes everything that is waiting again, in new processes."""
        self._deaths += 1
        if self._deaths == _ATTEMPTS:
            raise UserError(f"worker processes died {_ATTEMPTS} times, perhaps for lack of memory; set {VARIABLE}=1")
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._stack.enter_context(self._open())
        self._waiting = deque((item, self._executor.submit(self._function, item)) for item, _ in self._waiting)


def workers_share_files() -> bool:
    """Whether workers can write to the disks of this machine."""
    return "://" not in os.environ.get(VARIABLE, "")


def _choice() -> tuple[int, Callable[[], AbstractContextManager[Executor]]]:
    """How many items to compute ahead, and the executor that the environment asks for."""
    value = os.environ.get(VARIABLE, "1")
    if value == "1":
        return 0, InThisProcess
    if value.isdecimal() and 1 < int(value) <= _MOST_PROCESSES:
        count = int(value)
        context = multiprocessing.get_context("spawn")
        return 2 * count, lambda: ProcessPoolExecutor(count, context, initializer=_end_with_parent)
    if "://" in value:
        return _AHEAD_ON_A_CLUSTER, lambda: _cluster(value)
    raise UserError(
        f"{VARIABLE}: must be a number of processes, 1 to {_MOST_PROCESSES}, or the address of a Dask scheduler, "
        f"not {shown(value)}"
    )


def _end_with_parent() -> None:
    """Ends this worker when the process that started it has died, even by SIGKILL: nobody else would end it."""
    Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    """The workers of the Dask scheduler at `address`."""
    try:
        from distributed import Client
    except ImportError:
        raise UserError(f"{VARIABLE}: a Dask cluster needs `pip install 'reproducible-makemore[dask]'`") from None
    try:
        client = Client(address, timeout=_SECONDS_TO_CONNECT)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise UserError(f"{VARIABLE}: no Dask scheduler at {address}: {first_line(error)}") from None
    with client:
        yield client.get_executor(pure=False)  # type: ignore[no-untyped-call]
