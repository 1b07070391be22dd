"""What a sweep has to run: for each experiment the git tree that it starts from, and whether it has results already.

A tree is the working tree (tracked files, as `dvc exp run` takes them) with the experiment's values in params.yaml. It
is built in a temporary index, so neither the working tree nor the user's index or stash is touched. Results are
commits under refs/exps, where DVC keeps its experiments: `dvc exp show`, `apply`, `push` and `remove` work on them.
"""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from makemore.commands import git, git_must
from makemore.core.errors import UserError, shown
from makemore.core.files import os_errors
from makemore.core.layout import LOCK, PARAMS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_RESULTS = (str(LOCK), "reports")  # what a run of the pipeline changes in its tree


@dataclass(frozen=True)
class Experiment:
    """An experiment: its name (sweep and number), its settings, and the id of the git tree that it starts from."""

    name: str
    settings: list[str]
    tree: str

    def __str__(self) -> str:
        return f"{self.name} ({' '.join(self.settings)})"


@dataclass(frozen=True)
class Plan:
    """A sweep on top of the commit `baseline`: all its experiments, and the names of those that have results."""

    sweep: str
    baseline: str
    experiments: list[Experiment]
    done: frozenset[str]


def experiment_ref(baseline: str, name: str) -> str:
    """Where DVC keeps the experiment `name` that started from the commit `baseline`."""
    return f"refs/exps/{baseline[:2]}/{baseline[2:]}/{name}"


def make_plan(sweep: str, grid: list[list[str]]) -> Plan:
    """The plan of a sweep, whose experiments are called SWEEP-1, SWEEP-2, ...

    Raises UserError outside a git repository, for a bad name or setting, and if an experiment of that name exists that
    started from something else.
    """
    baseline = _baseline(sweep)
    trees = _trees(grid)
    experiments = [Experiment(f"{sweep}-{i}", *each) for i, each in enumerate(zip(grid, trees, strict=True), 1)]
    return Plan(sweep, baseline, experiments, _done(sweep, baseline, experiments))


def plan_one(name: str, settings: list[str]) -> Plan:
    """The plan of a single experiment called `name`, which runs even if there are results of that name.

    Raises UserError outside a git repository, and for a bad name or setting.
    """
    baseline = _baseline(name)
    return Plan(name, baseline, [Experiment(name, settings, *_trees([settings]))], frozenset())


def _baseline(name: str) -> str:
    """The commit that experiments start from. Raises UserError if there is none, and for a bad name."""
    if not _NAME.fullmatch(name):
        raise UserError(f"the name {shown(name)} of the sweep must be 1 to 60 letters, digits, - and _")
    baseline = git("rev-parse", "--verify", "--quiet", "HEAD").decode().strip()
    if not baseline:
        raise UserError("experiments need a git repository with a commit; this folder has none")
    return baseline


def _done(sweep: str, baseline: str, experiments: list[Experiment]) -> frozenset[str]:
    done = set()
    for experiment in experiments:
        ref = experiment_ref(baseline, experiment.name)
        if not git("rev-parse", "--verify", "--quiet", ref):
            continue
        outside = [f":!{path}" for path in _RESULTS]
        changed = git_must("diff", "--name-only", experiment.tree, ref, "--", ".", *outside).splitlines()
        if changed:
            raise UserError(
                f"the name {sweep!r} is taken: {experiment.name} has other values or code ({', '.join(changed[:3])} "
                f"differs); choose another name, or delete it with `dvc exp remove {experiment.name}`"
            )
        done.add(experiment.name)
    return frozenset(done)


def _trees(grid: list[list[str]]) -> list[str]:
    """The id of the git tree of each experiment."""
    from dvc.exceptions import DvcException  # type: ignore[import-untyped]
    from dvc.utils.hydra import apply_overrides  # type: ignore[import-untyped]

    trees = []
    with tempfile.TemporaryDirectory(prefix="makemore-sweep-") as folder:
        index, params = Path(folder) / "index", Path(folder) / PARAMS
        shutil.copy(git_must("rev-parse", "--git-path", "index"), index)
        git_must("add", "--update", GIT_INDEX_FILE=str(index))
        for settings in grid:
            with os_errors(PARAMS, "read"):
                shutil.copy(PARAMS, params)
            try:
                apply_overrides(str(params), settings)
            except DvcException as error:
                problem = " ".join(str(error.__cause__ or error).split())
                raise UserError(f"{' '.join(settings)} cannot be set in {PARAMS}: {problem[:300]}") from None
            content = git_must("hash-object", "-w", "--path", str(PARAMS), str(params))
            git_must("update-index", "--cacheinfo", f"100644,{content},{PARAMS}", GIT_INDEX_FILE=str(index))
            trees.append(git_must("write-tree", GIT_INDEX_FILE=str(index)))
    return trees
