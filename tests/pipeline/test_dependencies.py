"""dvc.yaml declares what the stages read: all of it, and nothing else.

So nothing can change a result behind DVC's back, and nothing reruns without a cause. What is read is not looked up in
the code but recorded while the stages run (recorder/sitecustomize.py).
"""

from typing import Any

import pytest
import yaml

from tests.pipeline.conftest import SMALL, Project

STAGES = [
    "check",
    "prepare",
    "estimate",
    *(f"{stage}@{variant}" for stage in ("train", "evaluate", "sample") for variant in SMALL),
    "report",
    "track",
]
# DVC's and git's own files. report takes the stages of removed variants out of dvc.lock, which decides no result.
NOT_OURS = (".dvc/", ".git/", "dvc.lock", "mlruns/", "mlflow.db")


def declared(project: Project, stage: str, kind: str = "deps") -> set[str]:
    """The dependencies (or "outs") of a stage, with variants and paths filled in, as DVC wrote them to dvc.lock."""
    lock: dict[str, Any] = yaml.safe_load((project.root / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    return {each["path"] for each in lock[stage].get(kind, ())}


def read(project: Project, stage: str) -> set[str]:
    """The files of the project that a stage opened for reading; params.yaml is declared key by key, and is left out."""
    lines = (project.root / ".git" / "record" / stage).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if not line.startswith(NOT_OURS) and line != "params.yaml"}


def covers(dependency: str, path: str) -> bool:
    return path == dependency or path.startswith(f"{dependency}/")


def test_every_stage_is_looked_at(reproduced: Project) -> None:
    assert sorted(path.name for path in (reproduced.root / ".git" / "record").iterdir()) == sorted(STAGES)


@pytest.mark.parametrize("stage", STAGES)
def test_what_a_stage_reads_is_declared(reproduced: Project, stage: str) -> None:
    dependencies = declared(reproduced, stage) | declared(reproduced, stage, "outs")  # it may hash what it has written
    assert {
        path for path in read(reproduced, stage) if not any(covers(dependency, path) for dependency in dependencies)
    } == set()


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_declared_is_read(reproduced: Project, stage: str) -> None:
    """By the stage, or by the same stage of another variant: foreach gives all of them the same lines."""
    name = stage.split("@", maxsplit=1)[0]
    paths = {path for other in STAGES if other.split("@")[0] == name for path in read(reproduced, other)}
    assert {
        dependency for dependency in declared(reproduced, stage) if not any(covers(dependency, path) for path in paths)
    } == set()
