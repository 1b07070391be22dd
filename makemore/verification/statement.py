"""What `makemore verify` found, as a statement that other machines and other tools can read.

The format is in-toto's Statement v1 with the predicate test-result v0.1 (github.com/in-toto/attestation, folder spec):
each output is a test, which has passed if the rerun wrote the same bytes. As the format allows, one field is our own:
`environment`, the machine of the rerun. The file contains no time and no path outside the repository.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from makemore.core.errors import shown
from makemore.core.layout import LOCK
from makemore.core.params import Line
from makemore.revisions import Revision
from makemore.verification.comparison import Verdict
from makemore.verification.environment import environment

GIT, FILE, FOLDER = "gitCommit", "md5", "dvcDirectory"  # the hashes: of a commit, and as dvc.lock has them


def _is_printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be printable")
    return text


Printable = Annotated[str, AfterValidator(_is_printable)]  # nothing that could disguise the rest of a line
Hash = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32,128}$")]


class _Part(BaseModel):
    """Base class: strict about types; as in-toto demands, fields that it does not know are ignored."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel, populate_by_name=True)


class Descriptor(_Part):
    """A file, a folder or a commit, by its hash."""

    name: Line
    digest: dict[str, Hash] = Field(min_length=1)
    annotations: dict[str, JsonValue] | None = None

    def key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What identifies it: its name and its hash."""
        return self.name, tuple(sorted(self.digest.items()))


class Environment(_Part):
    """The machine: what `makemore environment` prints."""

    model_config = ConfigDict(extra="allow")

    cpu: Printable
    machine: Printable
    system: Printable
    python: Printable
    torch: Printable

    def __str__(self) -> str:
        facts = (self.cpu, f"{self.system} {self.machine}", f"Python {self.python}", f"torch {self.torch}")
        return ", ".join(filter(None, facts))


class Outcome(_Part):
    """What the rerun found.

    configuration: the inputs of the pipeline
    passed_tests, warned_tests, failed_tests: the outputs that are identical, equal within tolerance, and different
    """

    result: Literal["PASSED", "WARNED", "FAILED"]
    configuration: list[Descriptor]
    passed_tests: list[Line]
    warned_tests: list[Line]
    failed_tests: list[Line]
    environment: Environment

    @property
    def outputs(self) -> list[str]:
        """The paths of all outputs."""
        return [*self.passed_tests, *self.warned_tests, *self.failed_tests]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Outcome":
        expected = "FAILED" if self.failed_tests else "WARNED" if self.warned_tests else "PASSED"
        if self.result != expected:
            raise ValueError(f"the result is {self.result}, but according to the lists of outputs it is {expected}")
        twice = [path for path, times in Counter(self.outputs).items() if times > 1]
        if twice:
            raise ValueError(f"{shown(twice[0])} is listed more than once")
        return self


class Statement(_Part):
    """The whole file. subject: the commit, and its outputs as they were committed."""

    type: Literal["https://in-toto.io/Statement/v1"] = Field("https://in-toto.io/Statement/v1", alias="_type")
    subject: list[Descriptor]
    predicate_type: Literal["https://in-toto.io/attestation/test-result/v0.1"] = (
        "https://in-toto.io/attestation/test-result/v0.1"
    )
    predicate: Outcome

    @property
    def commit(self) -> str:
        """The hash of the commit; empty if there is none."""
        return self.subject[0].digest.get(GIT, "") if self.subject else ""

    @model_validator(mode="after")
    def _is_complete(self) -> "Statement":
        if not self.commit:
            raise ValueError(f"the first subject has no {GIT}")
        unknown = {each.name for each in self.subject[1:]} - set(self.predicate.outputs)
        if unknown:
            raise ValueError(f"it does not say how {shown(min(unknown))} compares")
        return self

    def text(self) -> str:
        """The content of its file."""
        return json.dumps(self.model_dump(by_alias=True, exclude_none=True), indent=2, ensure_ascii=False) + "\n"


def statement(revision: Revision, verdicts: list[Verdict]) -> Statement:
    """The statement that this machine has recomputed `revision`, with these verdicts on every output."""
    by_path = {verdict.path: verdict for verdict in verdicts}
    outputs = [
        each.model_copy(update={"annotations": _annotations(by_path[each.name])})
        for each in committed_outputs(revision)
    ]
    passed, warned, failed = (
        [verdict.path for verdict in verdicts if verdict.verdict == wanted]
        for wanted in ("identical", "equal within tolerance", "different")
    )
    outcome = Outcome(
        result="FAILED" if failed else "WARNED" if warned else "PASSED",
        configuration=inputs(revision),
        passed_tests=passed,
        warned_tests=warned,
        failed_tests=failed,
        environment=Environment.model_validate(environment()),
    )
    return Statement(subject=[Descriptor(name="commit", digest={GIT: revision.commit}), *outputs], predicate=outcome)


def committed_outputs(revision: Revision) -> list[Descriptor]:
    """Every output in the commit's dvc.lock, in its order."""
    return [_described(out) for stage in revision.stages.values() for out in stage.get("outs", ())]


def inputs(revision: Revision) -> list[Descriptor]:
    """The commit's dvc.lock itself, and by name, what the compared stages read that no stage has written."""
    own = Descriptor(name=str(LOCK), digest={"sha256": hashlib.sha256(revision.lock).hexdigest()})
    written = [each.name for each in committed_outputs(revision)]
    found = {each.key(): each for each in _dependencies(revision) if not _overlaps(each.name, written)}
    return [own, *(found[key] for key in sorted(found))]


def _dependencies(revision: Revision) -> Iterator[Descriptor]:
    """What the stages with outputs read. The others compute nothing that could be compared."""
    for stage in revision.stages.values():
        if stage.get("outs"):
            yield from map(_described, stage.get("deps", ()))


def _described(entry: dict[str, Any]) -> Descriptor:
    """An entry of dvc.lock."""
    md5 = entry["md5"]
    return Descriptor(name=entry["path"], digest={FOLDER if md5.endswith(".dir") else FILE: md5.removesuffix(".dir")})


def _overlaps(path: str, others: list[str]) -> bool:
    """Whether `path` is one of `others`, in one of them, or a folder that contains one of them."""
    return any(path == each or path.startswith(f"{each}/") or each.startswith(f"{path}/") for each in others)


def _annotations(verdict: Verdict) -> dict[str, JsonValue]:
    return {"stage": verdict.stage, **({"note": verdict.note} if verdict.note else {})}
