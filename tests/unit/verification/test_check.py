"""A statement that is checked against this repository: what is said, and with which status."""

import json
from pathlib import Path
from typing import Any

import pytest

from makemore.core.errors import UserError
from makemore.revisions import Revision
from makemore.verification import check as module
from makemore.verification.check import check
from makemore.verification.comparison import Verdict
from makemore.verification.statement import statement
from tests.unit.verification.conftest import DVC_LOCK, REPORT, WEIGHTS, record, verdicts

PATH = Path("attest.json")
CLOSE = Verdict("train@gpt", WEIGHTS, "equal within tolerance", "largest difference 0.0012")
DIFFERENT = Verdict("report", REPORT, "different", "not only numbers differ")


def write(commit: Revision, *changed: Verdict) -> None:
    PATH.write_text(statement(commit, verdicts(*changed)).text(), encoding="utf-8")


def edit(*where: str | int, value: object) -> None:
    """Replaces a value in the file."""
    content: Any = json.loads(PATH.read_text(encoding="utf-8"))
    part, (*path, last) = content, where
    for key in path:
        part = part[key]
    part[last] = value
    PATH.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("changed", "status", "message"),
    [
        ((), 0, "all 3 outputs of {} were recomputed and are identical ("),
        ((CLOSE,), 0, "all 3 outputs of {} were recomputed; 1 equal only within tolerance ("),
        ((CLOSE, DIFFERENT), 1, f"1 of 3 outputs of {{}} differ when they are recomputed, among them '{REPORT}' ("),
    ],
)
def test_verdict_is_one_line(
    commit: Revision, capsys: pytest.CaptureFixture[str], changed: tuple[Verdict, ...], status: int, message: str
) -> None:
    write(commit, *changed)
    assert check(PATH, None) == status
    output = capsys.readouterr().out
    assert output.startswith(f"attest.json: {message.format(commit.commit[:7])}")
    assert "Python 3." in output
    assert output.count("\n") == 1


def test_later_commit_changes_nothing_about_an_earlier_one(
    commit: Revision, capsys: pytest.CaptureFixture[str]
) -> None:
    write(commit)
    record(DVC_LOCK.replace("6" * 32, "9" * 32))
    assert check(PATH, None) == check(PATH, "HEAD~1") == 0
    capsys.readouterr()
    assert check(PATH, "HEAD") == 1
    later = Revision.find("HEAD", "verify").commit[:7]
    expected = f"attest.json: about the commit {commit.commit[:7]}, and not about HEAD ({later})\n"
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        (("subject", 2, "digest"), {"md5": "0" * 32}, f"'{WEIGHTS}' is {'0' * 32} in the statement, and {'4' * 32} in"),
        (("predicate", "configuration"), [], "is missing in the statement, and "),
        (
            ("predicate", "configuration", 1, "digest"),
            {"md5": "0" * 32},
            f"'datasets/names.txt' is {'0' * 32} in the statement, and {'1' * 32} in dvc.lock",
        ),
        (("predicate", "configuration", 0, "digest"), {"sha256": "0" * 64}, f"'dvc.lock' is {'0' * 64} in"),
    ],
)
def test_hash_that_is_not_that_of_the_commit_is_a_contradiction(
    commit: Revision, capsys: pytest.CaptureFixture[str], where: tuple[str | int, ...], value: object, message: str
) -> None:
    write(commit)
    edit(*where, value=value)
    assert check(PATH, None) == 1
    output = capsys.readouterr().out
    assert output.startswith(f"attest.json: contradicts {commit.commit[:7]}: ")
    assert message in output
    assert output.count("\n") == 1


def test_statement_that_leaves_out_an_output_is_a_contradiction(
    commit: Revision, capsys: pytest.CaptureFixture[str]
) -> None:
    write(commit, DIFFERENT)
    content = json.loads(PATH.read_text(encoding="utf-8"))
    del content["subject"][3]
    content["predicate"] |= {"result": "PASSED", "failedTests": []}
    PATH.write_text(json.dumps(content), encoding="utf-8")
    assert check(PATH, None) == 1
    assert f"'{REPORT}' is missing in the statement, and {'6' * 32} in dvc.lock" in capsys.readouterr().out


def test_statement_of_another_dvc_lock_does_not_fit(commit: Revision, capsys: pytest.CaptureFixture[str]) -> None:
    """As if somebody had forged the results of a commit and attested something else."""
    write(commit)
    record(DVC_LOCK.replace("4" * 32, "9" * 32))
    edit("subject", 0, "digest", value={"gitCommit": Revision.find("HEAD", "verify").commit})
    assert check(PATH, None) == 1
    assert f"{'4' * 32} in the statement, and {'9' * 32} in dvc.lock" in capsys.readouterr().out


def test_commit_of_another_repository_is_an_error(commit: Revision) -> None:
    write(commit)
    edit("subject", 0, "digest", value={"gitCommit": "0" * 40})
    with pytest.raises(UserError, match=f"'{'0' * 40}' is not a commit of this repository; if another clone has it"):
        check(PATH, None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a statement of `makemore verify`: Invalid JSON"),
        (b"\xff\xfe", "not a statement of `makemore verify`: Invalid JSON"),
        (b"[]", "not a statement of `makemore verify`: Input should be an object"),
        (b"{}", "not a statement of `makemore verify`: _type: Field required|subject: Field required"),
        (b"[" * 100_000, "not a statement of `makemore verify`: Invalid JSON: recursion limit exceeded"),
        (b'{"payloadType": "application/vnd.in-toto+json", "payload": "e30="}', "not a statement of `makemore verify`"),
    ],
)
def test_file_that_is_no_statement_is_an_error_of_one_line(commit: Revision, content: bytes, message: str) -> None:
    PATH.write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        check(PATH, None)
    assert str(error.value).startswith("attest.json: ")
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 400


def test_file_that_cannot_be_read_is_an_error(commit: Revision, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"attest\.json: cannot be read: No such file or directory"):
        check(PATH, None)
    PATH.write_text("{} ", encoding="utf-8")
    monkeypatch.setattr(module, "LARGEST", 2)
    with pytest.raises(UserError, match=r"attest\.json: larger than 2 bytes"):
        check(PATH, None)
