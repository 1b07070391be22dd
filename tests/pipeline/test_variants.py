"""Variants come, go, and inherit from each other with YAML's merge keys."""

import json
from collections.abc import Iterator

import pytest

from makemore.core.params import load_params
from tests.pipeline.project import Project, stages_run

SLOW = {"lr": 1.0}  # what the variant `slow` does not inherit from `bigram`


@pytest.fixture(scope="module")
def changed(reproduced: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, list[str]]:
    """A clone after a new variant, and one fewer; and the stages that this ran."""
    project = reproduced.copy(tmp_path_factory.mktemp("variants") / "clone")
    project.edit(lambda values: values["variants"].update(slow=values["variants"]["bigram"] | SLOW))
    project.edit(lambda values: values["variants"].pop("uniform"))
    return project, stages_run(project.run("dvc", "repro"))


@pytest.fixture
def heir(changed: tuple[Project, list[str]]) -> Iterator[Project]:
    """That clone with `slow` as an heir of `bigram`, with the same values. Afterwards params.yaml is as it was."""
    project, _ = changed
    path = project.root / "params.yaml"
    before, values = path.read_text(encoding="utf-8"), project.params
    text, _, rest = before.replace("  bigram:\n", "  bigram: &bigram\n").partition("  slow:\n")
    others = rest[rest.index("ensembles:\n") :]
    path.write_text(f"{text}  slow:\n    <<: *bigram\n    lr: 1.0\n{others}", encoding="utf-8")
    assert load_params(path).model_dump() == values
    yield project
    path.write_text(before, encoding="utf-8")


def test_new_variant_is_trained_and_a_removed_one_is_deleted(changed: tuple[Project, list[str]]) -> None:
    project, ran = changed
    after = ["tidy", "combine@both", "prune", "report", "track"]  # the folder of all models has changed
    assert ran == ["check", "train@slow", "evaluate@slow", "sample@slow", *after]
    report = (project.root / "reports/report.md").read_text(encoding="utf-8")
    assert "| slow | bigram |" in report
    assert "| uniform |" not in report
    assert not [*project.root.glob("artifacts/models/uniform"), *project.root.glob("reports/*/uniform.*")]
    assert not [stage for stage in project.lock if stage.endswith("@uniform")]
    assert {run.data.tags["variant"] for run in project.runs()} == {"count", "bigram", "gpt", "slow", "both", "pupil"}
    assert stages_run(project.run("dvc", "repro")) == ["track"]


def test_inherited_values_are_the_same_as_written_out_values(heir: Project) -> None:
    assert json.loads(heir.run("dvc", "status", "--json")) == {"track": ["always changed"]}


@pytest.mark.parametrize(
    ("old", "new", "retrained"),
    [
        ("l2: 0.01\n", "l2: 0.5\n", ["train@bigram", "train@slow"]),
        ("lr: 10.0\n", "lr: 5.0\n", ["train@bigram"]),  # the heir has its own
        ("lr: 1.0\n", "lr: 2.0\n", ["train@slow"]),
    ],
)
def test_edit_of_a_parent_retrains_the_heirs_that_inherit_the_value(
    heir: Project, old: str, new: str, retrained: list[str]
) -> None:
    path = heir.root / "params.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert sorted(stages_run(heir.run("dvc", "repro", "--dry", "train"))) == ["check", *retrained]


@pytest.mark.parametrize("variant", ["bigram", "slow"])
def test_experiment_with_an_inherited_value_runs_only_the_named_variant(heir: Project, variant: str) -> None:
    """A new value of the parent does not reach its heirs, because DVC writes out what they inherited before."""
    output = heir.run("dvc", "exp", "run", "--set-param", f"variants.{variant}.l2=0.25", "train")
    assert stages_run(output) == ["check", f"train@{variant}"]


def test_experiment_appears_in_dvc_and_in_mlflow(heir: Project) -> None:
    output = heir.run("dvc", "exp", "run", "--name", "slower", "--set-param", "variants.slow.lr=0.5")
    of_slow = ["train@slow", "evaluate@slow", "sample@slow"]
    stages = ["check", *of_slow, "tidy", "combine@both", "prune", "report", "track"]
    assert stages_run(output) == stages
    assert "slower" in heir.run("dvc", "exp", "show", "--csv")
    found = [run for run in heir.runs() if run.data.tags.get("dvc.experiment") == "slower"]
    assert "0.5" in {run.data.params.get("lr") for run in found}
