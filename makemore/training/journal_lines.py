"""The lines of a journal: JSON objects of three kinds.

    {"start": ..., "variant": ..., "token": ..., "params": {...}, ...}     when training starts, and when it resumes
    {"point": [step, train_nll, dev_nll, lr], "time": ...}
    {"end": ..., "status": "FINISHED", "model": ...}                       or FAILED or KILLED, with a one-line error

Times are milliseconds since 1970, as in MLflow. A line is damaged if it is none of these, or if MLflow could not store
it; a full disk, a power failure or an editor can cause this. Damaged lines are dropped and counted; the others are
kept. Reading never raises, because neither training nor the track stage may depend on this file.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Number = Annotated[int, Field(ge=0, lt=2**53)]  # a step or a time
ParamName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./ -]+$", max_length=250)]  # what MLflow allows


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class StartLine(_Line):
    """Training starts or resumes; the fields are those of `journal.Training`."""

    start: Number
    variant: str = Field(min_length=1, max_length=250)
    token: str = Field(pattern="^[0-9a-f]+$", max_length=64)
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
