"""dvc.yaml declares exactly what the stages read, so no change goes unnoticed and nothing reruns without a reason.

What a stage reads is not derived from the code but recorded while it runs (recorder/sitecustomize.py).
"""

import json
from pathlib import Path

import pytest

from makemore.core import layout
from tests.conftest import CONFIGS
from tests.pipeline.conftest import RECORDER
from tests.pipeline.project import SMALL, Project

VARIANT_STAGES = ("train", "evaluate", "sample")
STAGES = [
    *("check", "prepare"),
    *(f"{stage}@{variant}" for stage in VARIANT_STAGES for variant in SMALL),
    *("tidy", "combine@both", "distill@pupil", "prune", "report", "track"),
]
OF_SEVERAL = ["combine@both", "distill@pupil"]
# Files of DVC, git and MLflow. params.yaml is declared key by key. prune edits dvc.lock, which decides no result.
NOT_DECLARED = (".dvc/", ".git/", "dvc.lock", "mlflow.db", "mlruns/", "params.yaml")


def of_variants(*stages: str) -> list[str]:
    """These stages of all variants."""
    return [f"{stage}@{variant}" for stage in stages for variant in SMALL]


def declared(project: Project, stage: str, kind: str = "deps") -> set[str]:
    """The dependencies (or "outs") of a stage, with variants and paths filled in, as DVC wrote them to dvc.lock."""
    return {each["path"] for each in project.lock[stage].get(kind, ())}


def recorded(project: Project, stage: str) -> set[str]:
    """The files that a stage read; and the folders that it listed, with a slash at the end."""
    lines = (project.root / ".git/record" / stage).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if not line.startswith(NOT_DECLARED)}


def files_read(project: Project, *stages: str) -> set[str]:
    """The files that any of these stages read."""
    return {path for stage in stages for path in recorded(project, stage) if not path.endswith("/")}


def covers(dependency: str, path: str) -> bool:
    """Whether `path` is the dependency, or is in it."""
    return path.rstrip("/") == dependency or path.startswith(f"{dependency}/")


def test_every_stage_is_recorded(reproduced: Project) -> None:
    assert sorted(path.name for path in (reproduced.root / ".git/record").iterdir()) == sorted(STAGES)
    assert sorted(reproduced.lock) == sorted(STAGES)


@pytest.mark.parametrize("stage", STAGES)
def test_everything_that_a_stage_reads_is_declared(reproduced: Project, stage: str) -> None:
    known = declared(reproduced, stage) | declared(reproduced, stage, "outs")  # a stage may hash what it has written
    undeclared = {path for path in files_read(reproduced, stage) if not any(covers(each, path) for each in known)}
    assert undeclared == set()


@pytest.mark.parametrize("stage", STAGES)
def test_everything_declared_is_read(reproduced: Project, stage: str) -> None:
    """By the stage, or by the same stage of another variant, because all variants share one declaration.

    tidy and prune list the folders of results and open no file in them, so for these a listing counts.
    """
    name, _, _ = stage.partition("@")
    same = [other for other in STAGES if other.partition("@")[0] == name]
    paths = files_read(reproduced, *same)
    if stage in ("tidy", "prune"):
        paths |= {path for path in recorded(reproduced, stage) if path.startswith(("artifacts/", "reports/"))}
    unread = {each for each in declared(reproduced, stage) if not any(covers(each, path) for path in paths)}
    assert unread == set()


def test_every_file_of_a_declared_folder_of_code_is_read(project: Project) -> None:
    """By one of the stages that declare the folder.

    The small project has four variants only. Instead of training one of each model, check runs once more with a variant
    of every model, which imports all model files, and ngram, which shares no code with those four, is trained. track
    reads all of makemore, because it copies the package into the logged models.
    """
    variants = {name: values for name, values in CONFIGS.items() if name != "ensemble"}
    project.edit(lambda values: values.update(variants=variants))
    for stage in ("check", "train@ngram"):
        record = {"PYTHONPATH": str(RECORDER), "RECORD": str(project.root / ".git/record"), "DVC_STAGE": stage}
        project.run("python", "-m", "stages", *stage.split("@"), **record)  # type: ignore[arg-type]
    users: dict[str, list[str]] = {}
    for stage in STAGES:
        for path in declared(project, stage):
            if (project.root / path).is_dir() and not path.startswith(("artifacts", "reports")):
                users.setdefault(path, []).append(stage)
    users["makemore/models/base"].append("train@ngram")
    folders = ("core", "corpus", "models/base", "training", "report")
    assert {"makemore", *(f"makemore/{folder}" for folder in folders)} <= users.keys()
    for folder, stages in users.items():
        files = {path.relative_to(project.root).as_posix() for path in (project.root / folder).rglob("*.*")}
        files = {path for path in files if "__pycache__" not in path}
        assert files - files_read(project, *stages) == set(), folder


def test_outputs_are_those_in_the_layout(reproduced: Project) -> None:
    model = (layout.CONFIG_FILE, layout.CURVE_FILE, layout.WEIGHTS_FILE)
    expected: dict[str, set[Path]] = {
        "check": {layout.CHECKED},
        "prepare": {layout.CORPUS},
        "tidy": {folder / layout.FOLDER_FILE for folder in (layout.ENSEMBLES, layout.STUDENTS)},
        "prune": {layout.PRUNED},
        "report": {
            *(layout.FIGURES, layout.MODEL_CARD, layout.REPORT, layout.REPORT_HTML),
            *(layout.BEST, layout.DEV_NLL, layout.PLOTS),
        },
        "track": set(),
    }
    for variant in SMALL:
        expected[f"train@{variant}"] = {layout.MODELS / variant / name for name in model}
        expected[f"evaluate@{variant}"] = {folder / f"{variant}.json" for folder in (layout.DETAILS, layout.METRICS)}
        expected[f"evaluate@{variant}"].add(layout.LOSSES / f"{variant}.safetensors")
        expected[f"sample@{variant}"] = {layout.SAMPLES / f"{variant}.{suffix}" for suffix in ("json", "txt")}
    for stage, folder in (("combine@both", layout.ENSEMBLES), ("distill@pupil", layout.STUDENTS)):
        variant = stage.partition("@")[2]
        expected[stage] = {folder / variant / name for name in model} | {
            *(results / f"{variant}.json" for results in (layout.DETAILS, layout.METRICS)),
            layout.LOSSES / f"{variant}.safetensors",
            *(layout.SAMPLES / f"{variant}.{suffix}" for suffix in ("json", "txt")),
        }
    found = {stage: {Path(path) for path in declared(reproduced, stage, "outs")} for stage in STAGES}
    assert found == expected


# A line at the end of these files, and the stages that DVC then considers changed; track always is.
EDITS = {
    "makemore/__init__.py": STAGES,
    "makemore/core/files.py": STAGES,
    "makemore/corpus/split_names.py": [stage for stage in STAGES if stage not in ("tidy", "prune")],
    "makemore/models/gpt.py": ["check", "train@gpt", "evaluate@gpt", "sample@gpt", *OF_SEVERAL, "report"],
    "makemore/models/ngram.py": ["check", *of_variants("train"), *OF_SEVERAL, "report"],
    "makemore/models/base/trie.py": ["check", *of_variants(*VARIANT_STAGES), *OF_SEVERAL, "report"],
    "makemore/training/loop.py": [*of_variants("train"), "distill@pupil"],
    "makemore/evaluation/losses.py": [*of_variants("train", "evaluate"), *OF_SEVERAL],
    "makemore/combining.py": ["combine@both"],
    "makemore/sampling.py": [*of_variants("sample"), *OF_SEVERAL, "report"],
    "makemore/preparation/chunk.py": ["prepare"],
    "makemore/statistics/bootstrap.py": [*of_variants("evaluate"), *OF_SEVERAL, "report"],
    "makemore/report/charts/charts.py": ["report"],
    "makemore/tracking/store.py": [],
    "makemore/api/loading.py": [],
    "makemore/cli/main.py": [],
    "makemore/comparing/pair.py": [],
    "makemore/commands.py": [],
    "makemore/project/doctor.py": [],
    "makemore/serving/model.py": [],
    "makemore/revisions.py": [],
    "makemore/pipeline/schedule.py": [],
    "makemore/experiments/sweep.py": [],
    "makemore/verification/verify.py": [],
    "stages/train.py": [*of_variants("train"), "distill@pupil"],
    "stages/evaluate.py": [*of_variants("evaluate"), *OF_SEVERAL],
    "stages/prune.py": ["tidy", "prune"],
    "datasets/names.txt": ["prepare"],
    "datasets/croissant.json": ["report"],
    "README.md": [],
}
STATUS = """
import json, sys
from pathlib import Path
from dvc.repo import Repo
for path in map(Path, sys.argv[1:]):
    content = path.read_bytes()
    path.write_bytes(content + b"# edited\\n")
    print("STATUS", json.dumps(sorted(Repo().status())))  # what `dvc status` prints, but DVC is imported only once
    path.write_bytes(content)
"""


def test_edit_reruns_only_the_stages_that_read_the_file(project: Project) -> None:
    output = project.run("python", "-c", STATUS, *EDITS)
    found = [json.loads(line.partition(" ")[2]) for line in output.splitlines() if line.startswith("STATUS")]
    expected = {path: sorted({*stages, "track"}) for path, stages in EDITS.items()}
    assert dict(zip(EDITS, found, strict=True)) == expected
