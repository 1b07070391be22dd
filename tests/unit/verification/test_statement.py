"""The statement about a rerun. That it is in-toto's format is checked by in-toto's own package."""

import hashlib
import json
from typing import Any

import pytest
from google.protobuf import json_format
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement as Reference
from pydantic import ValidationError

from makemore.revisions import Revision
from makemore.verification.comparison import Verdict
from makemore.verification.environment import environment
from makemore.verification.statement import Statement, statement
from tests.unit.verification.conftest import CORPUS, DVC_LOCK, REPORT, WEIGHTS, verdicts

CLOSE = Verdict("train@gpt", WEIGHTS, "equal within tolerance", "largest difference 0.0012")
DIFFERENT = Verdict("report", REPORT, "different", "not only numbers differ")


def as_json(commit: Revision, *changed: Verdict) -> dict[str, Any]:
    """The content of the file."""
    content: dict[str, Any] = json.loads(statement(commit, verdicts(*changed)).text())
    return content


def test_in_toto_reads_it(commit: Revision) -> None:
    text = statement(commit, verdicts(CLOSE, DIFFERENT)).text()
    found = json_format.Parse(text, statement_pb2.Statement())
    Reference.copy_from_pb(found).validate()
    outcome = json_format.ParseDict(
        json_format.MessageToDict(found.predicate),
        test_result_pb2.TestResult(),
        ignore_unknown_fields=True,  # environment
    )
    assert (outcome.result, list(outcome.passed_tests)) == ("FAILED", [CORPUS])
    assert (list(outcome.warned_tests), list(outcome.failed_tests)) == ([WEIGHTS], [REPORT])
    assert found.subject[2].digest["md5"] == "4" * 32


def test_subjects_are_the_commit_and_its_outputs(commit: Revision) -> None:
    subject = as_json(commit, CLOSE)["subject"]
    assert subject[0] == {"name": "commit", "digest": {"gitCommit": commit.commit}}
    assert [(each["name"], each["digest"]) for each in subject[1:]] == [
        (CORPUS, {"dvcDirectory": "3" * 32}),
        (WEIGHTS, {"md5": "4" * 32}),
        (REPORT, {"md5": "6" * 32}),
    ]
    assert [each["annotations"] for each in subject[1:3]] == [
        {"stage": "prepare"},
        {"stage": "train@gpt", "note": "largest difference 0.0012"},
    ]


def test_configuration_is_what_no_stage_has_written(commit: Revision) -> None:
    """Not the folder of models, which contains an output, and not what only track reads."""
    assert as_json(commit)["predicate"]["configuration"] == [
        {"name": "dvc.lock", "digest": {"sha256": hashlib.sha256(DVC_LOCK.encode()).hexdigest()}},
        {"name": "datasets/names.txt", "digest": {"md5": "1" * 32}},
        {"name": "makemore/core", "digest": {"dvcDirectory": "2" * 32}},
    ]


@pytest.mark.parametrize(
    ("changed", "result"),
    [((), "PASSED"), ((CLOSE,), "WARNED"), ((DIFFERENT,), "FAILED"), ((CLOSE, DIFFERENT), "FAILED")],
)
def test_worst_verdict_is_the_result(commit: Revision, changed: tuple[Verdict, ...], result: str) -> None:
    assert as_json(commit, *changed)["predicate"]["result"] == result


def test_output_that_only_the_rerun_has_is_a_failure(commit: Revision) -> None:
    extra = Verdict("report", "reports/new.md", "different", "only in the rerun")
    found = statement(commit, [*verdicts(), extra])
    assert found.predicate.failed_tests == ["reports/new.md"]
    assert len(found.subject) == 4


def test_environment_is_that_of_this_machine(commit: Revision) -> None:
    assert as_json(commit)["predicate"]["environment"] == environment()


def test_text_is_read_back_and_unknown_fields_are_ignored_as_in_toto_demands(commit: Revision) -> None:
    written = statement(commit, verdicts(CLOSE))
    content = json.loads(written.text())
    content["predicate"]["url"] = content["new"] = "https://example.org"
    assert Statement.model_validate_json(json.dumps(content)) == written


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        (("_type",), "https://in-toto.io/Statement/v0.1", "Input should be 'https://in-toto.io/Statement/v1'"),
        (("predicateType",), "https://slsa.dev/provenance/v1", "Input should be"),
        (("subject",), [], "the first subject has no gitCommit"),
        (("subject", 0, "digest"), {"gitCommit": "HEAD"}, "String should match pattern"),
        (("subject", 1, "name"), "artifacts/\x1b[31m", "must have no control characters"),
        (("predicate", "result"), "WARNED", "according to the lists of outputs it is PASSED"),
        (("predicate", "failedTests"), [REPORT], "the result is PASSED, but"),
        (
            ("predicate", "passedTests"),
            [CORPUS, WEIGHTS, REPORT, CORPUS],
            "is listed more than once",
        ),
        (("predicate", "passedTests"), [CORPUS, WEIGHTS], "it does not say how 'reports/report.md' compares"),
        (("predicate", "environment", "cpu"), "\u202e)lacitnedi", "must be printable"),
        (("predicate", "environment", "torch"), None, "Input should be a valid string"),
    ],
)
def test_statement_that_is_not_well_formed_is_refused(
    commit: Revision, where: tuple[str | int, ...], value: object, message: str
) -> None:
    content: Any = as_json(commit)
    *path, last = where
    part = content
    for key in path:
        part = part[key]
    part[last] = value
    with pytest.raises(ValidationError, match=message):
        Statement.model_validate_json(json.dumps(content))
