"""The process that carries a journal to MLflow during training: `python -m makemore.tracking.live.carrier`.

It reads the journal every quarter of a second and delivers new lines, at most once a second. If MLflow fails, it warns
once and retries after two, four, eight seconds, up to a minute. It ends with the training, and reports if that was
killed. It runs at a lower priority than the training, which shows what the carrier prints to standard output.
"""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from makemore.core.layout import main_repository
from makemore.tracking.live.reader import Training, read_journal

SECONDS_BETWEEN_READS, LONGEST_PAUSE = 0.25, 60.0
LAST_ATTEMPTS = 3  # once training is over


def main(path: Path, parent: int) -> int:
    """Carries the journal at `path` until its training or the process `parent`, in which it runs, ends.

    Returns 0 if everything has been delivered, else 1.
    """
    os.nice(10)
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"  # this loop retries
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
            except Exception as error:  # MLflow, SQLite and the network raise many kinds
                failures += 1
                due = time.monotonic() + min(LONGEST_PAUSE, 2.0**failures)
                if failures == 1:
                    _warn(training, error)
        if over and (training == delivered or last_attempts == LAST_ATTEMPTS):
            return int(training != delivered)
        time.sleep(SECONDS_BETWEEN_READS)


def _deliver(path: Path, training: Training) -> None:
    from makemore.tracking.live.delivery import deliver, delivery_lock  # here, because importing mlflow takes seconds
    from makemore.tracking.store import open_store

    with delivery_lock(path):
        deliver(open_store(main_repository(), training.experiment), training)


def _warn(training: Training, error: Exception) -> None:
    from makemore.tracking.limits import reason

    with suppress(BrokenPipeError):
        print(
            f"warning: {training.variant}: could not stream to MLflow ({reason(error)}); training continues, and "
            "`dvc repro` delivers what is missing",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
