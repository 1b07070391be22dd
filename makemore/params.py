"""params.yaml as typed, checked Python values.

Every section is a pydantic model in which an unknown key, a wrong type and a value out of range are errors. What a
variant may hold depends on its model, so each model file has its own `Config`; `models.parse_config` checks a variant
against it. This file knows no model and imports no torch: reading the parameters is quick.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from makemore.errors import UserError

PARAMS = Path("params.yaml")

Share = Annotated[float, Field(ge=0, lt=1)]
SectionType = TypeVar("SectionType", bound="Section")
VariantName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]


class Section(BaseModel):
    """Base of every group of parameters: immutable, strict about types, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class DataParams(Section):
    """What prepare reads, refuses, and how it splits."""

    path: str = Field(min_length=1)
    dev_path: str = Field(min_length=1)
    end_marker: str = Field(min_length=1, max_length=1)
    max_length: int = Field(ge=1)
    dev_share: Share
    test_share: Share
    seed: int = Field(ge=0)


class ComputeParams(Section):
    """What, besides code and data, decides the bytes that torch computes."""

    determinism: Literal["portable", "native"]
    threads: int = Field(ge=1)
    torch: str


class EvaluateParams(Section):
    """What evaluate writes besides the losses."""

    extremes: int = Field(ge=0)


class SampleParams(Section):
    """How names are drawn."""

    names: int = Field(ge=1)
    seed: int = Field(ge=0)
    batch_size: int = Field(ge=1)
    temperature: float = Field(gt=0)
    top_k: int | None = Field(ge=1)
    prefix: str
    max_length: int = Field(ge=1)


class TrackParams(Section):
    """Where in MLflow the record goes; which server is the environment's affair (MLFLOW_TRACKING_URI)."""

    experiment: str = Field(min_length=1)


class Params(Section):
    """The whole of params.yaml."""

    data: DataParams
    compute: ComputeParams
    evaluate: EvaluateParams
    sample: SampleParams
    track: TrackParams
    variants: dict[VariantName, dict[str, Any]] = Field(min_length=1)


class _Loader(yaml.SafeLoader):
    """YAML 1.2 numbers, as DVC reads them: PyYAML alone takes `1e-3` for a string."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)$"),
    list("-+.0123456789"),
)


def load_params(path: Path = PARAMS) -> Params:
    """The parameters in the file at `path`; the models' own keys are left to `models.parse_config`.

    Raises UserError, with one line a problem, for a missing file, bad YAML, and any value that is not allowed.
    """
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 (a SafeLoader)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run this in the root of the repository") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    return parse_section(Params, values, str(path))


def parse_section(section: type[SectionType], values: Any, where: str) -> SectionType:
    """`values` as a `section`; `where` (file or dotted key) opens each line of the error.

    Raises UserError, with one line a problem.
    """
    try:
        return section.model_validate(values)
    except ValidationError as error:
        raise UserError("\n".join(_line(section, problem, where) for problem in error.errors())) from None


def _line(section: type[Section], problem: Any, where: str) -> str:
    """One problem that pydantic found, as one line: key, what is wrong, what is allowed."""
    path = [str(key) for key in problem["loc"] if key != "[key]"]
    match problem["type"]:
        case "extra_forbidden":
            what = f"unknown key; allowed here: {', '.join(_keys(section, path[:-1]))}"
        case "missing":
            what = "missing"
        case "value_error":
            what = f"{problem['ctx']['error']}, not {problem['input']!r}"
        case _:
            what = f"{problem['msg'][0].lower()}{problem['msg'][1:]}, not {problem['input']!r}"
    return f"{where}: {'.'.join(path) or 'the file'}: {what}"


def _keys(section: type[Section], path: list[str]) -> list[str]:
    """The keys allowed in the part of `section` that lies at `path`."""
    for key in path:
        section = cast(type[Section], section.model_fields[key].annotation)
    return list(section.model_fields)
