"""What is said and written about a rerun, whose dvc.lock is made up. tests/pipeline/test_verify.py runs a real one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from makemore.core.errors import UserError
from makemore.revisions import Revision
from makemore.verification import comparison
from makemore.verification import verify as module
from makemore.verification.check import read_statement
from makemore.verification.verify import verify
from tests.unit.verification.conftest import CORPUS, DVC_LOCK, REPORT, WEIGHTS

PATH = Path("attest.json")
Rerun = Callable[[str], None]


@pytest.fixture
def rerun(commit: Revision, monkeypatch: pytest.MonkeyPatch) -> Rerun:
    """A function that sets the dvc.lock with which the rerun of `commit` ends."""

    def set_lock(lock: str) -> None:
        def write(_: Revision, clone: Path) -> Path:
            clone.mkdir()
            (clone / "dvc.lock").write_text(lock, encoding="utf-8")
            return clone

        monkeypatch.setattr(module, "rerun", write)

    return set_lock


def test_identical_outputs(rerun: Rerun, capsys: pytest.CaptureFixture[str]) -> None:
    rerun(DVC_LOCK)
    assert verify("HEAD", PATH) == 0
    assert capsys.readouterr().out.endswith("\nAll 3 outputs are identical.\nStatement: attest.json\n")
    assert read_statement(PATH).predicate.passed_tests == [CORPUS, WEIGHTS, REPORT]


def test_different_outputs_get_a_statement_too(rerun: Rerun, capsys: pytest.CaptureFixture[str]) -> None:
    rerun(DVC_LOCK.replace(WEIGHTS, "artifacts/models/gpt/other.safetensors"))
    assert verify("HEAD", PATH) == 1
    output = capsys.readouterr().out
    assert "\n2 of 4 outputs differ, the first in stage train@gpt.\n" in output
    assert "  cpu: recorded None, here " in output, "there is no environment.json in the commit"
    outcome = read_statement(PATH).predicate
    assert (outcome.result, outcome.passed_tests) == ("FAILED", [CORPUS, REPORT])
    assert outcome.failed_tests == ["artifacts/models/gpt/other.safetensors", WEIGHTS]


def test_small_differences_are_no_failure(
    rerun: Rerun, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rerun(DVC_LOCK.replace("6" * 32, "9" * 32))
    monkeypatch.setattr(comparison, "_difference", lambda *_: ("equal within tolerance", "largest difference 0.001"))
    assert verify("HEAD") == 0
    output = capsys.readouterr().out
    assert f"report             {REPORT:{len(WEIGHTS)}}  equal within tolerance (largest difference 0.001)\n" in output
    assert "\n1 of 3 outputs differ, the first in stage report.\n" in output
    assert "Note: equal within tolerance, but not identical." in output
    assert "Statement" not in output, "it is only written on request"


def test_pipeline_that_fails_leaves_no_statement(commit: Revision, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise UserError("verify: the pipeline failed")

    monkeypatch.setattr(module, "rerun", fail)
    with pytest.raises(UserError, match="the pipeline failed"):
        verify("HEAD", PATH)
    assert not PATH.exists()
