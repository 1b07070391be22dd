"""The results of a commit, without recomputing them: metrics and parameters from git, losses from DVC's cache."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import yaml
from pydantic import ValidationError
from torch import Tensor

from makemore.commands import find_commit, git
from makemore.core.errors import UserError
from makemore.core.files import parse_json
from makemore.core.layout import CORPUS, LOCK, LOSSES, METRICS, PARAMS
from makemore.core.results import Metrics
from makemore.core.yaml import parse_yaml
from makemore.verification.outputs import committed_files


@dataclass(frozen=True)
class Committed:
    """The results of a commit.

    revision, commit: what the user called it, and its hash
    params: the values in its params.yaml
    metrics: those of each variant
    outputs: the md5 of every output in its dvc.lock, by path
    """

    root: Path
    revision: str
    commit: str
    params: dict[str, Any]
    metrics: dict[str, dict[str, Any]]
    outputs: dict[str, str]

    @classmethod
    def read(cls, revision: str) -> "Committed":
        """The results of `revision`.

        Raises UserError outside a git repository, and for a commit that does not exist or has no results.
        """
        root, commit = find_commit(revision, "compare")
        listed = git("ls-tree", "--name-only", commit, f"{METRICS}/", folder=root).decode().splitlines()
        if not listed:
            raise UserError(f"compare: {revision} ({commit[:7]}) has no results in {METRICS}")
        return cls(
            root=root,
            revision=revision,
            commit=commit,
            params=_params(root, commit),
            metrics={Path(name).stem: _metrics(root, commit, name) for name in listed},
            outputs=outputs_of(yaml.safe_load(git("show", f"{commit}:{LOCK}", folder=root)) or {}),
        )

    def losses(self, variant: str) -> dict[str, Tensor] | None:
        """The losses of each name, as the evaluate stage wrote them; None if they are not in DVC's cache."""
        path = (LOSSES / f"{variant}.safetensors").as_posix()
        files = committed_files(self.root, self.commit, path, self.outputs[path]) if path in self.outputs else {}
        return safetensors.torch.load(files[path]) if files else None

    @property
    def corpus(self) -> str:
        """The md5 of the prepared corpus."""
        return self.outputs.get(CORPUS.as_posix(), "")


def outputs_of(lock: dict[str, Any]) -> dict[str, str]:
    """The md5 of every output in the content of a dvc.lock, by path."""
    stages = lock.get("stages") or {}
    return {out["path"]: out["md5"] for stage in stages.values() for out in stage.get("outs", ())}


def _params(root: Path, commit: str) -> dict[str, Any]:
    try:
        values: dict[str, Any] = parse_yaml(git("show", f"{commit}:{PARAMS}", folder=root)) or {}
    except ValueError as error:
        raise UserError(f"compare: {PARAMS} of {commit[:7]}: {error}") from None
    return values


def _metrics(root: Path, commit: str, name: str) -> dict[str, Any]:
    try:
        value: dict[str, Any] = parse_json(git("show", f"{commit}:{name}", folder=root))
        Metrics.model_validate(value)
    except (ValueError, ValidationError):
        raise UserError(f"compare: {name} of {commit[:7]} has another form than the metrics of this version") from None
    return value
