"""Which of several processes that ended is named. tests/distributed starts real ones."""

from types import SimpleNamespace

import pytest

from makemore.core.errors import Interrupted
from makemore.training.torchrun import CONNECTION_LOST, _report

ERROR, STOPPED, KILLED, TERMINATED = 2, 130, -9, -15  # exit statuses; a leader that is stopped has saved a checkpoint


def report(*statuses: int) -> None:
    _report("gpt", {rank: SimpleNamespace(exitcode=status) for rank, status in enumerate(statuses)})


@pytest.mark.parametrize(
    ("leader", "other", "cause"),
    [
        (CONNECTION_LOST, KILLED, r"process 1 was killed \(SIGKILL\)"),
        (STOPPED, KILLED, r"process 1 was killed \(SIGKILL\)"),
        (CONNECTION_LOST, TERMINATED, "another process was stopped or cannot be reached"),
    ],
)
def test_what_ended_first_is_named(leader: int, other: int, cause: str) -> None:
    with pytest.raises(Interrupted, match=f"gpt: {cause}; the same command resumes"):
        report(leader, other)


def test_process_that_has_printed_its_error_gives_its_status() -> None:
    with pytest.raises(SystemExit) as ended:
        report(CONNECTION_LOST, ERROR)
    assert ended.value.code == ERROR
