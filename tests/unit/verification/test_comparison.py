"""Verdicts from the hashes in two dvc.lock files, and from the content of outputs whose hashes differ."""

from pathlib import Path

import pytest
import yaml

from makemore.core.files import write_text
from makemore.revisions import Revision
from makemore.verification.comparison import Verdict, compare
from tests.unit.verification.conftest import DVC_LOCK, REPORT, verdicts


def compared(commit: Revision, rerun: str) -> list[Verdict]:
    """The verdicts if the rerun ends with this dvc.lock, without those that are identical."""
    write_text(Path("clone/dvc.lock"), rerun)
    return [each for each in compare(commit, Path("clone")) if each.verdict != "identical"]


def test_same_hashes_are_identical(commit: Revision) -> None:
    assert compared(commit, DVC_LOCK) == []
    assert list(compare(commit, Path("clone"))) == verdicts()


def test_output_that_only_one_of_them_has_is_different(commit: Revision) -> None:
    rerun = DVC_LOCK.replace(REPORT, "reports/new.md")
    assert compared(commit, rerun) == [
        Verdict("report", "reports/new.md", "different", "only in the rerun"),
        Verdict("report", REPORT, "different", "only in the commit"),
    ]


def test_stage_that_only_the_commit_has_is_not_overlooked(commit: Revision) -> None:
    """A dvc.lock can list outputs that no stage of the pipeline computes."""
    values = yaml.safe_load(DVC_LOCK)
    del values["stages"]["report"]
    assert compared(commit, yaml.safe_dump(values)) == [Verdict("report", REPORT, "different", "only in the commit")]


@pytest.mark.parametrize(
    ("committed", "computed", "verdict", "note"),
    [
        ({REPORT: b"nll: 2.5"}, {REPORT: "nll: 2.501"}, "equal within tolerance", "largest difference 0.0004"),
        ({REPORT: b"nll: 2.5"}, {REPORT: "nll: 3.5"}, "different", "largest difference 0.29"),
        ({REPORT: b"nll: 2.5"}, {REPORT: "loss: 2.5"}, "different", "not only numbers differ"),
        ({}, {REPORT: "nll: 2.5"}, "different", "the committed one is not in the cache; try `dvc pull`"),
        ({f"{REPORT}/a": b""}, {f"{REPORT}/a": "", f"{REPORT}/b": ""}, "different", "contains other files"),
    ],
)
def test_other_bytes_are_measured(
    commit: Revision,
    monkeypatch: pytest.MonkeyPatch,
    committed: dict[str, bytes],
    computed: dict[str, str],
    verdict: str,
    note: str,
) -> None:
    monkeypatch.setattr(Revision, "files", lambda *_: committed)
    for path, text in computed.items():
        write_text(Path("clone") / path, text)
    found = compared(commit, DVC_LOCK.replace("6" * 32, "9" * 32))
    assert found == [Verdict("report", REPORT, verdict, note)]
