"""A repository with a small dvc.lock, and what a rerun of it could find."""

import subprocess
from pathlib import Path

import pytest

from makemore.revisions import Revision
from makemore.verification.comparison import Verdict

CORPUS, WEIGHTS, REPORT = "artifacts/corpus", "artifacts/models/gpt/weights.safetensors", "reports/report.md"
DVC_LOCK = f"""\
schema: '2.0'
stages:
  prepare:
    cmd: python -m stages prepare
    deps:
    - {{path: datasets/names.txt, hash: md5, md5: '{"1" * 32}', size: 9}}
    - {{path: makemore/core, hash: md5, md5: '{"2" * 32}.dir', size: 9}}
    outs:
    - {{path: {CORPUS}, hash: md5, md5: '{"3" * 32}.dir', size: 9}}
  train@gpt:
    cmd: python -m stages train gpt
    deps:
    - {{path: {CORPUS}, hash: md5, md5: '{"3" * 32}.dir', size: 9}}
    - {{path: makemore/core, hash: md5, md5: '{"2" * 32}.dir', size: 9}}
    outs:
    - {{path: {WEIGHTS}, hash: md5, md5: '{"4" * 32}', size: 9}}
  report:
    cmd: python -m stages report
    deps:
    - {{path: artifacts/models, hash: md5, md5: '{"5" * 32}.dir', size: 9}}
    outs:
    - {{path: {REPORT}, hash: md5, md5: '{"6" * 32}', size: 9}}
  track:
    cmd: python -m stages track
    deps:
    - {{path: makemore, hash: md5, md5: '{"7" * 32}.dir', size: 9}}
"""


def record(lock: str) -> None:
    """Commits `lock` as dvc.lock in the current folder."""
    Path("dvc.lock").write_text(lock, encoding="utf-8")
    author = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    for command in (["add", "dvc.lock"], [*author, "commit", "--quiet", "-m", "Results"]):
        subprocess.run(["git", *command], check=True, capture_output=True)


def verdicts(*changed: Verdict) -> list[Verdict]:
    """A verdict on every output: identical, except for those in `changed`."""
    outputs = {"prepare": CORPUS, "train@gpt": WEIGHTS, "report": REPORT}
    other = {verdict.path: verdict for verdict in changed}
    return [other.get(path, Verdict(stage, path, "identical")) for stage, path in outputs.items()]


@pytest.fixture
def commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Revision:
    """The commit with DVC_LOCK, in a repository that is the current folder."""
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "--quiet", "--initial-branch", "main"], check=True, capture_output=True)
    record(DVC_LOCK)
    return Revision.find("HEAD", "verify")
