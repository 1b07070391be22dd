"""Starts the processes of data-parallel training with torchrun, if MAKEMORE_TORCHRUN says so.

MAKEMORE_TORCHRUN holds options of torchrun: how many processes on how many hosts is no part of the result, so it is not
in params.yaml. `MAKEMORE_TORCHRUN=--nproc-per-node=4 dvc repro` trains every variant of the gradient loop with four
processes. docs/scaling.md has the options for several hosts.

torchrun runs inside the train stage, which makes its errors one line: that of the process that failed first.
"""

import logging
import os
import shlex
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, NoReturn

from makemore.core.errors import Interrupted, UserError, first_line
from makemore.training.process_group import ConnectionLost

OPTIONS = "MAKEMORE_TORCHRUN"
CONNECTION_LOST = 75  # exit status (EX_TEMPFAIL) of a process that ends because another one did
_SECONDS_BETWEEN_LOOKS = 0.5


def is_requested() -> bool:
    """Whether this process is to start others, and is not one of those."""
    return bool(os.environ.get(OPTIONS)) and "TORCHELASTIC_RUN_ID" not in os.environ


@contextmanager
def quiet_about_lost_connections() -> Iterator[None]:
    """Leaves a lost connection to `launch`, if that started this process: it knows why the other process ended."""
    try:
        yield
    except ConnectionLost:
        if os.environ.get(OPTIONS):
            raise SystemExit(CONNECTION_LOST) from None
        raise


def launch(variant: str) -> None:
    """Runs the train stage of `variant` in the processes of MAKEMORE_TORCHRUN, and waits for them.

    Raises UserError for options that torchrun does not know, and for a process that was killed; Interrupted if this
    process was asked to stop; and SystemExit if a process has already printed its error.
    """
    from torch.distributed import DistError
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.elastic.rendezvous import RendezvousError
    from torch.distributed.run import get_args_parser, run

    logging.disable(logging.CRITICAL)  # torchrun logs what our one line says
    parser = get_args_parser()
    parser.error = _refuse_options  # type: ignore[method-assign]
    arguments = parser.parse_args([*shlex.split(os.environ[OPTIONS]), "-m", "stages", "train", variant])
    _stop_without_parent()
    try:
        run(arguments)
    except ValueError as error:  # a value that torchrun cannot parse
        _refuse_options(str(error))
    except (DistError, RendezvousError) as error:
        raise UserError(f"{OPTIONS}: the hosts did not find each other: {first_line(error)}") from None
    except SignalException:
        raise SystemExit(130) from None  # the leader has said how far it got
    except ChildFailedError as error:
        _report(variant, error.failures)


def _report(variant: str, failures: dict[int, Any]) -> NoReturn:
    """Raises the error of the process that failed first. The others lost their connection, or torchrun stopped them.

    A leader that torchrun stops has saved a checkpoint, and has said so. That another process was killed is the cause.
    """
    consequences = (CONNECTION_LOST, -signal.SIGTERM)
    causes = {rank: failure.exitcode for rank, failure in failures.items() if failure.exitcode not in consequences}
    if not causes:
        raise Interrupted(f"{variant}: another process was stopped or cannot be reached; the same command resumes")
    rank, status = min(causes.items(), key=lambda item: (item[1] >= 0, item[0]))
    if status < 0:
        name = signal.Signals(-status).name
        raise Interrupted(f"{variant}: process {rank} was killed ({name}); the same command resumes")
    raise SystemExit(status)


def _refuse_options(message: str) -> NoReturn:
    raise UserError(f"{OPTIONS}: {message}; `torchrun --help` lists the options")


def _stop_without_parent() -> None:
    """Stops the training if our parent is killed: then nobody waits for it. (`stop_requests` does it for a leader.)"""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=watch, daemon=True).start()
