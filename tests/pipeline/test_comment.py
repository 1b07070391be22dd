"""The comment on a pull request: what changed comes first, and its figures can be seen from anywhere."""

import re
from pathlib import Path

from tests.pipeline.project import Project
from tests.pipeline.test_remote import run_step

GITHUB = {"GITHUB_SERVER_URL": "https://git.example", "GITHUB_REPOSITORY": "me/names", "GITHUB_SHA": "0123"}
REPORTS = "https://git.example/me/names/raw/0123/reports"


def test_comment_begins_with_what_changed(changed: Project, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    run_step(changed, "results", "Write the comment", BASE="HEAD~1", GITHUB_STEP_SUMMARY=str(summary), **GITHUB)  # type: ignore[arg-type]
    comment = (changed.root / "comment.md").read_text(encoding="utf-8")
    (changed.root / "comment.md").unlink()
    assert summary.read_text(encoding="utf-8") == comment, "readers of a pull request from a fork find it there"
    news, report = comment.split("\n# Report\n")
    assert news.startswith("## Results compared with HEAD~1 (")
    assert re.search(r"^\| count \|.*\| worse \|$", news, re.MULTILINE)
    assert "| variants.count.smoothing | 1 | 40 |" in news
    figures = re.findall(r"!\[[^]]*\]\(([^)]*)\)", report)
    assert figures
    for figure in figures:
        assert figure.startswith(f"{REPORTS}/figures/")
        assert (changed.root / "reports" / figure.removeprefix(f"{REPORTS}/")).is_file()


def test_comment_says_why_there_is_no_comparison(changed: Project) -> None:
    comment = changed.run(".ci/comment", "nowhere", REPORTS)
    error, _, rest = comment.partition("\n\n")
    assert error.startswith("error: compare: 'nowhere' is not a commit of this repository; ")
    assert rest.startswith("# Report\n")
