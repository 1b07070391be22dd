"""The promise that every fuzzer checks: bad input is an error of a few short lines, and nothing else."""

from collections.abc import Callable
from typing import TypeVar

from makemore.core.errors import UserError

MOST_LINES = 11
LONGEST_LINE = 1000

ResultT = TypeVar("ResultT")


def accepted(work: Callable[[], ResultT]) -> ResultT | None:
    """The result of `work`, or None if it raised a UserError of short, printable lines; other exceptions pass."""
    try:
        return work()
    except UserError as error:
        message = str(error)
    lines = message.splitlines()
    assert 1 <= len(lines) <= MOST_LINES, message
    assert all(line.isprintable() and len(line) <= LONGEST_LINE for line in lines), message
    return None
