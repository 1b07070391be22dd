"""A commit that has results: its dvc.lock says what was computed, and from what."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from makemore.commands import find_commit, git
from makemore.core.errors import UserError
from makemore.core.layout import LOCK


@dataclass(frozen=True)
class Commit:
    """A commit of the repository that the current folder is in.

    root: the root of the repository
    name: the full hash of the commit
    lock: the content of its dvc.lock
    """

    root: Path
    name: str
    lock: bytes

    @classmethod
    def of(cls, revision: str) -> "Commit":
        """The commit that git calls `revision`.

        Raises UserError outside a git repository, and for a commit that does not exist or has no results.
        """
        root, name = find_commit(revision, "verify")
        commit = cls(root, name, git("show", f"{name}:{LOCK}", folder=root))
        if not commit.stages:
            raise UserError(f"verify: {revision} ({name[:7]}) has no dvc.lock, so there are no results to compare with")
        return commit

    @cached_property
    def stages(self) -> dict[str, Any]:
        """The stages in dvc.lock; none if there is no such file."""
        stages: dict[str, Any] = (yaml.safe_load(self.lock) or {}).get("stages") or {}
        return stages
