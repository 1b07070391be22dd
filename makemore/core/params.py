"""params.yaml as typed, validated Python values.

Each section is a pydantic model that refuses unknown keys, wrong types and out-of-range values. The keys of a variant
depend on its model, so each model file defines its own `Config` and `catalog.parse_config` validates a variant with it.
This module imports no torch, so reading the parameters is quick.
"""

import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from makemore.core.errors import UserError, did_you_mean, shown, shown_key
from makemore.core.files import open_regular, reason
from makemore.core.layout import FOLDERS, PARAMS
from makemore.core.members import FEWEST_MEMBERS, problems, section_of
from makemore.core.yaml import MOST_BYTES, parse_yaml

MOST_CHARACTERS = 10_000  # in one name
Seed = Annotated[int, Field(ge=0, lt=2**32)]  # torch's CPU generator ignores higher bits
Share = Annotated[float, Field(ge=0, lt=1)]
SectionType = TypeVar("SectionType", bound="Section")
VariantName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=100)]  # part of file names

_PROBLEMS_SHOWN = 10


def _is_one_line(text: str) -> str:
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text):
        raise ValueError("must have no control characters")
    return text


Line = Annotated[str, AfterValidator(_is_one_line)]


class Section(BaseModel):
    """Base class of all groups of parameters: immutable and strict about types; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class DataParams(Section):
    """What prepare reads, which names it accepts, and how it splits them."""

    path: Line = Field(min_length=1, max_length=1000)
    column: str | None = Field(min_length=1, max_length=1000)
    weight: str | None = Field(default=None, min_length=1, max_length=1000)  # older commits do not have it
    dev_path: Line = Field(min_length=1, max_length=1000)
    end_marker: str = Field(min_length=1, max_length=1)
    max_length: int = Field(ge=1, le=MOST_CHARACTERS)
    dev_share: Share
    test_share: Share
    seed: Seed
    skip_bad: bool = False  # older commits do not have it

    @field_validator("column", "weight", mode="before")
    @classmethod
    def _may_be_a_number(cls, column: object) -> object:
        return str(column) if type(column) is int else column

    @field_validator("weight")
    @classmethod
    def _needs_a_column(cls, weight: str | None, info: ValidationInfo) -> str | None:
        if weight is not None and info.data.get("column") in (None, "*"):
            raise ValueError("needs data.column, the column with the names")
        return weight

    @field_validator("end_marker")
    @classmethod
    def _is_visible(cls, end_marker: str) -> str:
        if not end_marker.isprintable() or end_marker.isspace():
            raise ValueError("must be a visible character")
        return end_marker

    @field_validator("test_share")
    @classmethod
    def _leaves_something_to_train(cls, test_share: float, info: ValidationInfo) -> float:
        if test_share + info.data.get("dev_share", 0) >= 1:
            raise ValueError("must be less than 1 together with dev_share")
        return test_share


class ComputeParams(Section):
    """What determines the bytes that torch computes, apart from code and data."""

    arithmetic: Literal["exact", "native"] = "exact"
    shards: int = Field(ge=1, le=1024)
    device: Literal["cpu", "cuda"]
    bfloat16: bool

    @model_validator(mode="before")
    @classmethod
    def _without_old_keys(cls, values: Any) -> Any:
        """Older commits say how sums were grouped, which no longer matters."""
        old = {"determinism", "threads", "torch"}
        return {key: value for key, value in values.items() if key not in old} if isinstance(values, dict) else values

    @field_validator("bfloat16")
    @classmethod
    def _needs_a_gpu(cls, bfloat16: bool, info: ValidationInfo) -> bool:
        if bfloat16 and (info.data.get("device"), info.data.get("arithmetic")) != ("cuda", "native"):
            raise ValueError("needs device: cuda and arithmetic: native")
        return bfloat16


class EvaluateParams(Section):
    """How many names of dev the training curve is computed on, and what evaluate writes besides the losses."""

    curve_names: int = Field(ge=1, le=10**9)
    extremes: int = Field(ge=0, le=10**6)


class SampleParams(Section):
    """How names are sampled."""

    names: int = Field(ge=1, le=10**7)
    seed: Seed
    batch_size: int = Field(ge=1, le=10**6)
    temperature: float = Field(ge=0, le=1e6)
    top_k: int | None = Field(ge=0, le=10**9)
    top_p: float | None = Field(default=None, gt=0, le=1)  # older commits do not have it
    prefix: str
    max_length: int = Field(ge=1, le=MOST_CHARACTERS)

    @field_validator("temperature")
    @classmethod
    def _is_zero_or_not_tiny(cls, temperature: float) -> float:
        if 0 < temperature < 0.001:  # logits divided by it could be infinite
            raise ValueError("must be 0, for the most likely symbol each time, or at least 0.001")
        return temperature

    @field_validator("max_length")
    @classmethod
    def _leaves_room_after_the_prefix(cls, max_length: int, info: ValidationInfo) -> int:
        if max_length <= len(info.data.get("prefix", "")):
            raise ValueError("must be more than the length of prefix")
        return max_length


class TrackParams(Section):
    """The MLflow experiment. The server comes from the environment (MLFLOW_TRACKING_URI)."""

    experiment: Line = Field(min_length=1, max_length=500)


class EnsembleParams(Section):
    """Which variants an ensemble asks, and how much weight each has: see makemore/models/ensemble.py."""

    model: Literal["ensemble"]
    members: list[str] = Field(min_length=FEWEST_MEMBERS, max_length=100)
    weights: Literal["fitted", "equal"]


class Params(Section):
    """All of params.yaml.

    The entries of the last three sections are called variants, whichever section they are in.
    """

    data: DataParams
    compute: ComputeParams
    evaluate: EvaluateParams
    sample: SampleParams
    track: TrackParams
    variants: dict[VariantName, dict[str, Any]] = Field(min_length=1)
    ensembles: dict[VariantName, EnsembleParams] = {}  # older commits have neither ensembles nor students
    students: dict[VariantName, dict[str, Any]] = {}

    @model_validator(mode="after")
    def _sections_fit_together(self) -> Self:
        members = {name: ensemble.members for name, ensemble in self.ensembles.items()}
        if problem := next(problems(self.variants, members, self.students, self.compute.shards), ""):
            raise PydanticCustomError("sections", "{what}", {"what": problem})
        return self

    @property
    def all_variants(self) -> dict[str, dict[str, Any]]:
        """The parameters of every variant: of the section variants, then ensembles, then students.

        The members of an ensemble are given with their own parameters, by name.
        """
        ensembles = {
            name: ensemble.model_dump() | {"members": {member: self.variants[member] for member in ensemble.members}}
            for name, ensemble in self.ensembles.items()
        }
        return self.variants | ensembles | self.students

    def folder_of(self, variant: str) -> Path:
        """The folder of the model of a variant."""
        return FOLDERS[section_of(self.all_variants.get(variant, {}))] / variant

    def of_variant(self, variant: str, sections: Iterable[str]) -> dict[str, Any]:
        """The parameters of one variant as MLflow shows them: its own, and those of `sections` as `section.name`."""
        values = self.model_dump(include=set(sections))
        others = {f"{section}.{name}": value for section in values for name, value in values[section].items()}
        own = self.ensembles[variant].model_dump() if variant in self.ensembles else self.all_variants[variant]
        return {"variant": variant, **own, **others}


def load_params(path: Path = PARAMS) -> Params:
    """The parameters in the file at `path`. The keys of each variant are left to `catalog.parse_config`.

    Raises UserError, with one line per problem, for a missing file, invalid YAML, and any value that is not allowed.
    """
    try:
        with open_regular(path) as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run this in the root of the repository") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({reason(error)})") from None
    try:
        values = parse_yaml(content)
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None
    return parse_section(Params, values, str(path))


def parse_section(section: type[SectionType], values: Any, where: str) -> SectionType:
    """`values` as a `section`. `where` (a file or dotted key) is the prefix of each line of the error.

    Raises UserError, with one line per problem.
    """
    try:
        return section.model_validate(values)
    except ValidationError as error:
        problems = error.errors()
        lines = [_line(section, problem, where) for problem in problems[:_PROBLEMS_SHOWN]]
        if len(problems) > _PROBLEMS_SHOWN:
            lines.append(f"{where}: and {len(problems) - _PROBLEMS_SHOWN} more problems")
        raise UserError("\n".join(lines)) from None


def _line(section: type[Section], problem: Any, where: str) -> str:
    """A problem found by pydantic, as one line: the key, what is wrong, what is allowed."""
    path = [shown_key(key) for key in problem["loc"] if key != "[key]"]
    match problem["type"]:
        case "extra_forbidden":
            keys = _keys(section, path[:-1])
            what = f"unknown key; {did_you_mean(path[-1], keys)}allowed here: {', '.join(keys)}"
        case "missing":
            what = "missing"
        case "sections":
            return f"{where}: {problem['msg']}"
        case "value_error":
            what = f"{problem['ctx']['error']}, not {shown(problem['input'])}"
        case _:
            what = f"{problem['msg'][0].lower()}{problem['msg'][1:]}, not {shown(problem['input'])}"
    return f"{where}: {'.'.join(path) or 'the file'}: {what}"


def _keys(section: type[Section], path: list[str]) -> list[str]:
    """The keys allowed in the section that is nested in `section` at `path`."""
    for key in path:
        section = cast(type[Section], section.model_fields[key].annotation)
    return list(section.model_fields)
