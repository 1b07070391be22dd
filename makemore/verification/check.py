"""`makemore verify --check FILE`: does a statement of another machine fit this repository, and what does it say?

Nothing is recomputed. The hashes in the statement have to be those in dvc.lock of the commit that it is about. Who made
it is another question, which only a signature answers (docs/reproducibility.md).
"""

from pathlib import Path

from pydantic import ValidationError

from makemore.core.errors import UserError, shown, shown_key
from makemore.core.files import open_regular, os_errors
from makemore.revisions import Revision
from makemore.verification.statement import Descriptor, Outcome, Statement, committed_outputs, inputs

LARGEST = 50_000_000  # bytes; that of the committed results has 30,000


def check(path: Path, revision: str | None) -> int:
    """Prints in one line what the statement in the file at `path` says, or what contradicts it in this repository.

    revision: the commit that it has to be about; None: any commit of this repository

    Returns 0 if the commit was recomputed, identically or within tolerance, and 1 if outputs differ, or if the
    statement contradicts this repository.

    Raises UserError if the file cannot be read or is no statement, and if its commit is not in this repository.
    """
    statement = read_statement(path)
    found = Revision.find(statement.commit, "verify")
    if revision is not None and (wanted := Revision.find(revision, "verify")).commit != found.commit:
        problem = f"about the commit {found.commit[:7]}, and not about {wanted}"
    else:
        problem = _contradiction(statement, found)
    print(f"{path}: {problem or _summary(statement.predicate, found.commit[:7])}")
    return 1 if problem or statement.predicate.result == "FAILED" else 0


def read_statement(path: Path) -> Statement:
    """The statement in the file at `path`. Raises UserError if it cannot be read or is no statement."""
    with os_errors(path, "read"), open_regular(path) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise UserError(f"{path}: larger than {LARGEST:,} bytes, so it is no statement of `makemore verify`")
    try:
        return Statement.model_validate_json(content)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = "".join(f"{shown_key(key)}: " for key in problem["loc"])
        what = " ".join(problem["msg"].removeprefix("Value error, ").split())
        raise UserError(f"{path}: not a statement of `makemore verify`: {where}{what[:300]}") from None


def _contradiction(statement: Statement, revision: Revision) -> str:
    """The first hash in the statement that is not that of the commit's dvc.lock, or the reverse; empty if none."""
    pairs = (
        (statement.subject[1:], committed_outputs(revision)),
        (statement.predicate.configuration, inputs(revision)),
    )
    for found, expected in pairs:
        differing = {each.key() for each in found} ^ {each.key() for each in expected}
        if differing:
            name = min(differing)[0]
            return (
                f"contradicts {revision.commit[:7]}: {shown(name)} is {_hash_of(name, found)} in the statement, and "
                f"{_hash_of(name, expected)} in dvc.lock of the commit"
            )
    return ""


def _hash_of(name: str, descriptors: list[Descriptor]) -> str:
    """The hash of what has this name, for a message."""
    digests = (each.digest for each in descriptors if each.name == name)
    return " and ".join(value for digest in digests for value in digest.values()) or "missing"


def _summary(outcome: Outcome, commit: str) -> str:
    """What the statement says about `commit`."""
    outputs = f"{len(outcome.outputs)} outputs of {commit}"
    match outcome.result:
        case "PASSED":
            found = f"all {outputs} were recomputed and are identical"
        case "WARNED":
            found = f"all {outputs} were recomputed; {len(outcome.warned_tests)} equal only within tolerance"
        case "FAILED":
            different = outcome.failed_tests
            found = f"{len(different)} of {outputs} differ when they are recomputed, among them {shown(different[0])}"
    return f"{found} ({outcome.environment})"
