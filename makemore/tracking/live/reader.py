"""Reads journals (training/journal.py shows the three kinds of lines), and removes those that are no longer needed.

A line is damaged if it is none of the three, or if MLflow could not store it; a full disk, a power failure or an editor
can cause this. Damaged lines are dropped and counted; the others are kept. Reading never raises, because the track
stage may not depend on these files.
"""

import fcntl
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from makemore.core.curve import Point
from makemore.core.params import VariantName

Number = Annotated[int, Field(ge=0, lt=2**53)]  # a step or a time
ParamName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./ -]+$", max_length=250)]  # what MLflow allows


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class StartLine(_Line):
    """Training starts or resumes; the fields are those of `Training`."""

    start: Number
    variant: VariantName
    key: str = Field(pattern="^[0-9a-z]+$", max_length=64)
    experiment: str
    folder: str
    params: dict[ParamName, Any]


class PointLine(_Line):
    """A point of the curve, and when it was computed."""

    point: tuple[Number, float, float, float]
    time: Number


class EndLine(_Line):
    """How training ended."""

    end: Number
    status: Literal["FINISHED", "FAILED", "KILLED"]
    error: str
    model: str


_LINE: TypeAdapter[StartLine | PointLine | EndLine] = TypeAdapter(StartLine | PointLine | EndLine)


@dataclass(frozen=True)
class Training:
    """The content of a journal.

    key: the training key
    experiment, folder, params: where it ran and what MLflow shows about it, as of its last start
    start: when training started or last resumed
    end: when its last line was written; if training is over, when it ended or, if it was killed, was last seen
    points: the curve, with the time of each point
    status: RUNNING, FINISHED, FAILED or KILLED
    model: the hash of the model's files, if training finished
    """

    variant: str
    key: str
    experiment: str
    folder: str
    params: dict[str, Any]
    start: int
    end: int
    points: list[tuple[Point, int]] = field(repr=False)
    status: str
    error: str
    model: str


def read_journal(path: Path) -> Training | None:
    """The content of the journal at `path`, without its damaged lines; None if it has no start."""
    lines, _ = read_lines(path)
    start: StartLine | None = None
    end: EndLine | None = None
    last, points = 0, dict[int, tuple[Point, int]]()
    for line in lines:
        match line:
            case StartLine():
                start, end, last = line, None, line.start
            case PointLine():
                points.setdefault(line.point[0], (Point(*line.point), line.time))  # resumed training repeats points
                last = line.time
            case EndLine():
                end, last = line, line.end
    if start is None:
        return None
    if end is not None:
        result = end.model_dump(exclude={"end"})
    elif is_locked(path):
        result = {"status": "RUNNING", "error": "", "model": ""}
    else:
        result = {"status": "KILLED", "error": "the training was killed", "model": ""}
    return Training(end=last, points=[*points.values()], **start.model_dump(), **result)


def read_lines(path: Path) -> tuple[list[StartLine | PointLine | EndLine], int]:
    """The readable lines of the journal at `path`, and how many are damaged. An incomplete last line is neither."""
    try:
        content = path.read_bytes() if path.is_file() else b""  # reading a pipe would block
    except OSError:
        return [], 0
    lines, damaged = [], 0
    for line in content[: content.rfind(b"\n") + 1].split(b"\n")[:-1]:
        try:
            if rb"\u0000" in line:
                raise ValueError("databases cannot store this character")
            lines.append(_LINE.validate_json(line))
        except ValueError:  # such as pydantic's ValidationError
            damaged += 1
    return lines, damaged


def is_locked(path: Path) -> bool:
    """Whether the training that writes the journal at `path` is alive."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def remove_journal(path: Path) -> None:
    """Deletes the journal at `path`, unless its training has just resumed."""
    with suppress(OSError), path.open("rb") as file:  # BlockingIOError if the training holds the lock
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
