"""What the results were at another commit, for `compare --base`, `verify` and `makemore.load(rev=...)`.

What is in git (params.yaml, dvc.lock, metrics) is read with git, in milliseconds. The other outputs are in DVC's cache;
to learn where that is takes most of a second, so it is done when the first of them is needed. Only `fetch` also asks
DVC's remote: a comparison should neither wait for a network nor need credentials.
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from makemore.commands import git, git_must, repository_problem
from makemore.core.errors import UserError, first_line, shown
from makemore.core.files import file_md5, parse_json
from makemore.core.layout import LOCK, METRICS, PARAMS
from makemore.core.results import Metrics
from makemore.core.yaml import parse_yaml


@dataclass(frozen=True)
class Revision:
    """A commit of the repository that the current folder is in.

    root: the folder of the project: the root of the repository, or a subfolder of it
    name: what the user calls the commit
    commit: its full hash
    command: for which command it is read; errors begin with it
    """

    root: Path
    name: str
    commit: str
    command: str

    @classmethod
    def find(cls, name: str, command: str) -> "Revision":
        """The commit that git calls `name`, or the newest experiment of DVC with that name.

        Raises UserError outside a git repository, and if there is no such commit.
        """
        if problem := repository_problem():
            raise UserError(f"{command}: {problem}")
        root = _project_root()
        found = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", folder=root)
        if found:
            return cls(root, name, found.decode().strip(), command)
        if experiment := cls.experiment(name, command):
            return experiment
        shallow = git("rev-parse", "--is-shallow-repository", folder=root).strip() == b"true"
        remedy = "git fetch --unshallow" if shallow else "git fetch"
        problem = f"is not a commit of this {'shallow ' if shallow else ''}repository"
        raise UserError(f"{command}: {shown(name)} {problem}; if another clone has it, run `{remedy}`")

    @classmethod
    def experiment(cls, name: str, command: str) -> "Revision | None":
        """The newest experiment of DVC with that name; None if there is none."""
        if not re.fullmatch(r"[\w.-]+", name):  # it may be a pattern
            return None
        newest = ("--sort=-committerdate", "--count=1", "--format=%(objectname)")
        found = git("for-each-ref", *newest, f"refs/exps/*/*/{name}")
        return cls(_project_root(), name, found.decode().strip(), command) if found else None

    def __str__(self) -> str:
        """For messages: what the user calls it, and the beginning of its hash."""
        return f"{self.name} ({self.commit[:7]})"

    @property
    def subject(self) -> str:
        """The first line of its message."""
        return git("show", "--no-patch", "--format=%s", self.commit, folder=self.root).decode().strip()

    @cached_property
    def lock(self) -> bytes:
        """The content of dvc.lock; empty if there is no such file."""
        return self.show(LOCK)

    @cached_property
    def stages(self) -> dict[str, Any]:
        """The stages in dvc.lock. Raises UserError if there are none: then nothing was computed."""
        stages = parse_lock(self.lock, f"{self.command}: {LOCK} of {self}")
        if not stages:
            raise UserError(f"{self.command}: {self} has no {LOCK}, so there are no results to compare with")
        return stages

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The md5 of every output, by path; that of a folder ends with ".dir"."""
        return outputs_of(self.stages)

    @cached_property
    def params(self) -> dict[str, Any]:
        """The values in params.yaml. Raises UserError if it is not YAML."""
        try:
            return parse_yaml(self.show(PARAMS)) or {}
        except ValueError as error:
            raise UserError(f"{self.command}: {PARAMS} of {self}: {error}") from None

    @cached_property
    def metrics(self) -> dict[str, Metrics]:
        """The metrics of each variant. Raises UserError if there are none, or if they have another form."""
        listed = self._listed(METRICS)
        if not listed:
            raise UserError(f"{self.command}: {self} has no results in {METRICS}")
        found, path = {}, ""
        try:
            for path in listed:
                found[Path(path).stem] = Metrics.model_validate(parse_json(self.show(path)))
        except ValueError:
            what = "another form than the metrics of this version"
            raise UserError(f"{self.command}: {path} of {self} has {what}") from None
        return found

    def show(self, path: str | Path) -> bytes:
        """The content of a file that is in git; empty if the commit has no such file."""
        return git("show", f"{self.commit}:./{path}", folder=self.root)

    def files(self, path: str) -> dict[str, bytes]:
        """The files of an output, by path: from git, or else from DVC's cache; none if neither has all of them."""
        if tracked := self._listed(path):
            return {name: self.show(name) for name in tracked}
        if path not in self.outputs:
            return {}
        cached = {name: self._cached(md5) for name, md5 in self._hashes(path).items()}
        try:
            return {name: file.read_bytes() for name, file in cached.items()}
        except FileNotFoundError:
            return {}

    def has_all_outputs(self) -> bool:
        """Whether every output that DVC keeps is in its cache: then `dvc checkout` brings them to the working tree."""
        in_git = self._listed(".")
        cached = [path for path in self.outputs if not any(Path(each).is_relative_to(path) for each in in_git)]
        hashes = [self._hashes(path) for path in cached]
        return all(files and all(self._cached(md5).exists() for md5 in files.values()) for files in hashes)

    def damage(self, path: str) -> str:
        """What is wrong with an output in DVC's cache; empty if it matches its hash, or is not there."""
        for md5 in dict.fromkeys([self.outputs[path], *self._hashes(path).values()]):
            file = self._cached(md5)
            if file.exists() and file_md5(file) != md5.removesuffix(".dir"):
                where = file.relative_to(self.root) if file.is_relative_to(self.root) else file
                return f"damaged in the cache: {where}; delete it and run `dvc repro` or `dvc pull`"
        return ""

    def fetch(self, paths: dict[Path, Path]) -> None:
        """Copies files or folders, the keys, to the values: from git, DVC's cache, or its remote.

        Raises UserError if one of them is nowhere, or if the remote cannot be reached.
        """
        from dvc.api import DVCFileSystem  # type: ignore[import-untyped]  # takes half a second

        path = Path()
        try:
            # DVC would look for a relative cache.dir from another folder if it read a commit's configuration itself.
            files = DVCFileSystem(str(self.root), rev=self.commit, config={"cache": {"dir": str(self._cache)}})
            for path, target in paths.items():
                files.get(path.as_posix(), str(target), recursive=True)
        except OSError:  # its message names an internal path
            raise UserError(f"{path} at {shown(self.name)}: neither in DVC's cache nor in its remote") from None
        except Exception as error:  # DVC's own, and those of each kind of remote
            raise UserError(f"{path} at {shown(self.name)}: dvc: {first_line(error)}") from None

    @cached_property
    def _cache(self) -> Path:
        """The folder of DVC's cache."""
        try:
            return cache_folder(self.root)
        except UserError as error:
            raise UserError(f"{self.command}: {error}") from None

    def _cached(self, md5: str) -> Path:
        return self._cache / "files" / "md5" / md5[:2] / md5[2:]

    def _hashes(self, path: str) -> dict[str, str]:
        """The hash of each file of a cached output, by path; none for a folder whose index is missing or damaged."""
        md5 = self.outputs[path]
        if not md5.endswith(".dir"):
            return {path: md5}
        try:
            entries = json.loads(self._cached(md5).read_bytes())
            return {f"{path}/{entry['relpath']}": entry["md5"] for entry in entries}
        except (OSError, ValueError, LookupError, TypeError):
            return {}

    def _listed(self, path: str | Path) -> list[str]:
        """The paths of the files in git at `path`: that file, or those in that folder."""
        listed = git("ls-tree", "-r", "-z", "--name-only", self.commit, str(path), folder=self.root)
        return listed.decode().split("\0")[:-1]


def cache_folder(root: Path) -> Path:
    """DVC's cache of the project in `root`, by its configuration: global, of the project, or in .dvc/config.local.

    Raises UserError if DVC cannot read its configuration.
    """
    from dvc.config import Config  # type: ignore[import-untyped]
    from dvc.exceptions import DvcException  # type: ignore[import-untyped]

    try:
        return Path(Config(str(root / ".dvc"))["cache"].get("dir") or root / ".dvc/cache")
    except DvcException as error:
        raise UserError(" ".join(str(error).split())) from None


def _project_root() -> Path:
    """The folder with .dvc that the current folder is in, or else the root of the repository."""
    top = Path(git_must("rev-parse", "--show-toplevel"))
    within = (each for each in (Path.cwd(), *Path.cwd().parents) if each.is_relative_to(top))
    return next((each for each in within if (each / ".dvc").is_dir()), top)


def parse_lock(content: bytes, where: str) -> dict[str, Any]:
    """The stages in the content of a dvc.lock. Raises UserError, which calls the file `where`, if it is not YAML."""
    try:
        return (yaml.safe_load(content) or {}).get("stages") or {}
    except (yaml.YAMLError, AttributeError):
        raise UserError(f"{where}: not the lock file of DVC") from None


def outputs_of(stages: dict[str, Any]) -> dict[str, str]:
    """The md5 of every output of `stages`, as in dvc.lock, by path."""
    return {out["path"]: out["md5"] for stage in stages.values() for out in stage.get("outs", ())}
