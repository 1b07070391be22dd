"""Verdicts from the hashes in two dvc.lock files. tests/pipeline/test_verify.py compares real outputs."""

from pathlib import Path

import yaml

from makemore.revisions import Revision
from makemore.verification.comparison import Verdict, compare
from tests.unit.verification.conftest import DVC_LOCK, REPORT, verdicts


def compared(commit: Revision, rerun: str) -> list[Verdict]:
    """The verdicts if the rerun ends with this dvc.lock."""
    clone = Path("clone")
    clone.mkdir()
    (clone / "dvc.lock").write_text(rerun, encoding="utf-8")
    return list(compare(commit, clone))


def test_same_hashes_are_identical(commit: Revision) -> None:
    assert compared(commit, DVC_LOCK) == verdicts()


def test_output_that_only_one_of_them_has_is_different(commit: Revision) -> None:
    rerun = DVC_LOCK.replace(REPORT, "reports/new.md")
    assert [each for each in compared(commit, rerun) if each.verdict != "identical"] == [
        Verdict("report", "reports/new.md", "different", "only in the rerun"),
        Verdict("report", REPORT, "different", "only in the commit"),
    ]


def test_stage_that_only_the_commit_has_is_not_overlooked(commit: Revision) -> None:
    """A dvc.lock can list outputs that no stage of the pipeline computes."""
    values = yaml.safe_load(DVC_LOCK)
    del values["stages"]["report"]
    assert compared(commit, yaml.safe_dump(values))[-1] == Verdict("report", REPORT, "different", "only in the commit")
