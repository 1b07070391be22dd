"""`makemore doctor`: whether this machine has what the pipeline needs, and what would make its results differ here.

It looks and computes nothing; docs/reproducibility.md says why each point matters.
"""

import os
import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal, NamedTuple

from makemore.commands import git, repository_problem
from makemore.core.cores import available_cores
from makemore.core.errors import UserError, first_line
from makemore.core.files import read_json
from makemore.core.layout import ENVIRONMENT
from makemore.core.memory import machine_memory
from makemore.core.params import Params
from makemore.project.defaults import default_params
from makemore.revisions import cache_folder
from makemore.tracking.address import store_problem
from makemore.verification.environment import environment


class Finding(NamedTuple):
    """What was found about a subject. differs: results have other bytes here; broken: something will not work."""

    subject: str
    state: Literal["ok", "differs", "broken"]
    found: str
    remedy: str = ""


def examine() -> list[Finding]:
    """All findings, in a fixed order."""
    try:
        params = default_params()
    except UserError as error:
        return [Finding("params.yaml", "broken", first_line(error)), *_machine(), *_tools()]
    return [*_machine(), *_torch(params), *_tools(), *_results()]


def _machine() -> Iterator[Finding]:
    yield Finding("Python", "ok", platform.python_version())
    usable, cores = available_cores(), os.cpu_count() or 1
    count = f"{usable} of {cores}" if usable < cores else str(cores)
    found = f"{environment()['cpu']} ({platform.machine()}), {count} cores, {machine_memory() / 1e9:.0f} GB"
    yield Finding("CPU", "ok", found)


def _torch(params: Params) -> Iterator[Finding]:
    yield Finding("torch", "ok", _version("torch"))
    found = f"{params.compute.arithmetic} arithmetic, shards {params.compute.shards}"
    if params.compute.arithmetic == "exact":
        yield Finding("compute", "ok", found)
    else:
        yield Finding("compute", "differs", found, "the same bytes on this kind of machine only")


def _tools() -> Iterator[Finding]:
    found, problem = git("--version").decode().strip().removeprefix("git version "), repository_problem()
    yield Finding("git", "broken", found, problem) if problem else Finding("git", "ok", found)
    if Path(".dvc").is_dir():
        yield _cache()
    else:
        yield Finding("DVC", "broken", f"{_version('dvc')}, but no .dvc here", "go to the root of the repository")
    yield _store()


def _store() -> Finding:
    where = "the store at MLFLOW_TRACKING_URI" if os.environ.get("MLFLOW_TRACKING_URI") else "mlflow.db"
    problem = store_problem(Path())
    found = f"{_version('mlflow')}, {where}"
    return Finding("MLflow", "broken", found, problem) if problem else Finding("MLflow", "ok", found)


def _cache() -> Finding:
    try:
        cache = cache_folder(Path())
    except UserError as error:
        return Finding("DVC", "broken", _version("dvc"), str(error))
    folder = next(each for each in (cache, *cache.absolute().parents) if each.is_dir())
    found = f"{_version('dvc')}, cache in {cache}, {shutil.disk_usage(folder).free / 1e9:.0f} GB free"
    if os.access(folder, os.W_OK):
        return Finding("DVC", "ok", found)
    return Finding("DVC", "broken", found, f"{folder} cannot be written to: check its permissions")


def _results() -> Iterator[Finding]:
    """How this machine differs from the one that computed the committed results, which alone changes no bytes."""
    if not ENVIRONMENT.exists():
        return
    here, there = environment(), read_json(ENVIRONMENT)
    others = ", ".join(f"{key} {value}" for key, value in there.items() if here.get(key) != value)
    found = f"the committed ones were computed with {others}" if others else "committed from a machine like this one"
    yield Finding("results", "ok", found)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
