"""The process that carries a training's journal to MLflow while it trains: `python -m makemore.tracking.stream`.

It reads the journal once a second, and delivers what is new. When MLflow fails it says so once, and tries again after
two, four, eight seconds, at most a minute. It ends with the training; if that was killed, it notes so. It runs at a
lower priority than the training. What it prints on its standard output, the training shows.
"""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from makemore.tracking.journal import Training, lock_of, read_journal, root

MOMENT, LONGEST_PAUSE = 0.25, 60.0  # seconds
LAST_ATTEMPTS = 3  # when the training is over


def main(path: Path, parent: int) -> int:
    """Carries the journal at `path` until the training, or the process `parent` in which it runs, ends.

    Returns 0 if all is delivered.
    """
    os.nice(10)
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"  # we try again ourselves
    delivered: Training | None = None
    failures, last_attempts, due = 0, 0, 0.0
    while True:
        orphan = os.getppid() != parent
        training = read_journal(path)
        if training is None:
            return 0
        over = orphan or training.status != "RUNNING"
        if training != delivered and (over or time.monotonic() >= due):
            last_attempts += over
            try:
                _deliver(path, training)
                delivered, failures, due = training, 0, time.monotonic() + 1
            except Exception as error:  # whatever MLflow, SQLite or the network comes up with
                failures += 1
                due = time.monotonic() + min(LONGEST_PAUSE, 2.0**failures)
                if failures == 1:
                    _warn(training, error)
        if over and (training == delivered or last_attempts == LAST_ATTEMPTS):
            return int(training != delivered)
        time.sleep(MOMENT)


def _deliver(path: Path, training: Training) -> None:
    from makemore.tracking.delivery import deliver  # here: a test of this file alone, and a short training, need none
    from makemore.tracking.store import locked, open_store

    with locked(lock_of(path)):
        deliver(open_store(root(), training.experiment), training)


def _warn(training: Training, error: Exception) -> None:
    from makemore.tracking.store import reason

    with suppress(BrokenPipeError):
        print(
            f"warning: {training.variant}: MLflow does not get the curve now ({reason(error)}); training goes on, and "
            "`dvc repro` writes what is missing",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
