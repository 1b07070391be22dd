"""A git repository with two variants, and experiments as commits where DVC keeps them."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from makemore.sweeps.plan import experiment_ref

PARAMS = """\
# a comment
sample:
  seed: 1
variants:
  gpt:
    lr: 0.01
    steps: 10
  rnn: {lr: 0.02, cell: rnn}
"""


class Repository:
    """The repository in the current folder."""

    def __init__(self) -> None:
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("config", "user.name", "test")
        self.git("config", "user.email", "test@example.org")
        Path("params.yaml").write_text(PARAMS, encoding="utf-8")
        Path("dvc.lock").write_text("stages: {}\n", encoding="utf-8")
        self.baseline = self.commit()

    def git(self, *arguments: str, **environment: str) -> str:
        done = subprocess.run(
            ["git", *arguments], capture_output=True, text=True, check=True, env={**os.environ, **environment}
        )
        return done.stdout.strip()

    def commit(self, **environment: str) -> str:
        """Commits everything, and returns the id of the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "A commit", **environment)
        return self.git("rev-parse", "HEAD")

    def add_experiment(self, name: str, tree: str, losses: Mapping[str, float | str], when: int = 1) -> None:
        """An experiment on HEAD that started from `tree`, with these losses on dev; on test they are twice that."""
        head = self.git("rev-parse", "HEAD")
        self.git("read-tree", "--reset", "-u", tree)
        for variant, loss in losses.items():
            path = Path(f"reports/metrics/{variant}.json")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"dev": {"nll": loss}, "test": {"nll": loss}}), encoding="utf-8")
        commit = self.commit(GIT_COMMITTER_DATE=f"{1_700_000_000 + when} +0000")
        self.git("update-ref", experiment_ref(head, name), commit)
        self.git("reset", "--quiet", "--hard", head)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.chdir(tmp_path)
    return Repository()
