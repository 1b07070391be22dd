"""`dvc repro` as users know it: what it runs, what it skips, and what it leaves."""

import json
from pathlib import Path
from typing import Any

import pytest

from makemore.core.params import load_params
from tests.pipeline.project import Project, stages_run
from tests.tracking.workspace import check_registry, check_run

RESULTS = ("reports/metrics/{}.json", "reports/details/{}.json", "reports/samples/{}.json", "reports/samples/{}.txt")
MODEL = ("config.json", "history.csv", "weights.safetensors")


def read_json(path: Path) -> Any:
    """The JSON as it is in the file."""
    return json.loads(path.read_text(encoding="utf-8"))


def row_of(project: Project, variant: str) -> list[str]:
    """The row of a variant in the table of the report, without its rank."""
    report = (project.root / "reports/report.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in report.splitlines() if line.startswith("| ")]
    return next(row[1:] for row in rows if row[1:2] == [variant])


def test_every_variant_has_all_results(reproduced: Project) -> None:
    params = load_params(reproduced.root / "params.yaml")
    for variant, values in params.all_variants.items():
        for name in (
            *(result.format(variant) for result in RESULTS),
            *(f"{params.folder_of(variant)}/{file}" for file in MODEL),
        ):
            assert (reproduced.root / name).stat().st_size > 0, name
        metrics = read_json(reproduced.root / f"reports/metrics/{variant}.json")
        assert metrics["model"] == values["model"]
        assert metrics["dev"].keys() == {"nll", "bits_per_char", "perplexity", "n_tokens", "nll_low", "nll_high"}
        kind = {"both": "ensemble of 2", "pupil": "gpt, student of both"}.get(variant, values["model"])
        assert row_of(reproduced, variant)[:2] == [variant, kind]


def test_mlflow_holds_what_the_files_hold(reproduced: Project) -> None:
    found = {run.data.tags["variant"]: run for run in reproduced.runs()}
    client, params = reproduced.client(), load_params(reproduced.root / "params.yaml")
    assert len(reproduced.runs()) == len(found) == len(params.all_variants)
    for variant, run in found.items():
        check_run(client, run, reproduced.root, variant, params)
        assert run.data.params["data.path"] == "datasets/names.txt"
        assert run.inputs is not None
        data = run.inputs.dataset_inputs[0].dataset
        assert (data.name, json.loads(str(data.profile))) == ("names", {"num_rows": 8602})
        assert run.data.tags["git.commit"] == reproduced.run("git", "rev-parse", "HEAD~1").strip()
        assert run.data.tags["git.dirty"] == "false"
        assert {artifact.path for artifact in client.list_artifacts(run.info.run_id, "model")} == {
            f"model/{name}" for name in MODEL
        }
        assert "report/figures/losses.svg" in {
            artifact.path for artifact in client.list_artifacts(run.info.run_id, "report/figures")
        }
    check_registry(client, found, reproduced.root)


def test_repro_without_changes_only_brings_mlflow_up_to_date(project: Project) -> None:
    """And a server that is down costs a warning."""
    output = project.run("dvc", "repro", MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert (stages_run(output), output.count("warning: MLflow is not up to date")) == (["track"], 1)
    assert "Traceback" not in output
    output = project.run("dvc", "repro")
    assert (stages_run(output), "6 runs written, 0 already up to date" in output) == (["track"], True)
    assert len(project.runs()) == 6
    assert "0 runs written, 6 already up to date" in project.run("dvc", "repro")
    assert project.run("git", "status", "--porcelain") == ""


def test_changed_parameter_reruns_only_its_variant(project: Project) -> None:
    """Here it makes a loss infinite, which every output has to survive."""
    project.edit(lambda values: values["variants"]["count"].update(smoothing=0))
    ran = stages_run(project.run("dvc", "repro"))
    of_count = ["train@count", "evaluate@count", "sample@count"]
    assert ran == ["check", *of_count, "tidy", "combine@both", "distill@pupil", "prune", "report", "track"]
    changed = json.loads(project.run("dvc", "metrics", "diff", "--json"))
    assert changed["reports/dev_nll.json"].keys() == {"count", "both", "pupil"}
    assert read_json(project.root / "reports/metrics/count.json")["dev"]["nll"] == "Infinity"
    assert row_of(project, "count")[4] == "∞"
    assert "−∞" in row_of(project, "bigram"), "the gap to the count model"

    project.edit(lambda values: values["variants"]["count"].update(smoothing=1))
    # DVC's run cache restores the weights. It has no copies of results that git keeps, so these are computed again.
    ran = stages_run(project.run("dvc", "repro"))
    assert ran == ["evaluate@count", "sample@count", "combine@both", "distill@pupil", "report", "track"]
    assert len(project.runs()) == 9
    assert project.changed_results() == ""


def test_pulled_results_get_one_run_per_variant(project: Project, tmp_path: Path) -> None:
    project.run("dvc", "remote", "add", "--default", "storage", str(tmp_path / "storage"))
    project.run("dvc", "push")
    project.commit("A remote")
    project.run("git", "clone", "--quiet", ".", str(tmp_path / "other"))
    other = Project(tmp_path / "other")
    other.run("dvc", "pull")
    output = other.run("dvc", "repro")
    assert (stages_run(output), "6 runs written, 0 already up to date" in output) == (["track"], True)
    assert "Warning" not in output
    assert "0 runs written, 6 already up to date" in other.run("dvc", "repro")
    found = {run.data.tags["variant"]: run for run in other.runs()}
    assert len(other.runs()) == len(found) == 6
    for variant, run in found.items():
        check_run(other.client(), run, other.root, variant, load_params(other.root / "params.yaml"))
    check_registry(other.client(), found, other.root)


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        ("variants", "new", {"model": "gtp"}, "error: params.yaml: variants.new.model: there is no model 'gtp'"),
        ("data", "path", "nowhere.txt", "error: params.yaml: data.path: there is no file 'nowhere.txt'"),
        (
            "sample",
            "prefix",
            "é",
            "error: params.yaml: sample.prefix: 'é': 'é' is not in the vocabulary (abcdefghijklmnopqrstuvwxyz)",
        ),
        ("data", "max_lenght", 3, "error: params.yaml: data.max_lenght: unknown key"),
        ("data", "max_length", 3, "error: datasets/names.txt:1: 6 characters, but data.max_length is 3; change"),
    ],
)
def test_bad_input_is_one_line_and_changes_no_results(
    project: Project, section: str, key: str, value: object, message: str
) -> None:
    project.edit(lambda values: values[section].update({key: value}))
    output = project.run("dvc", "repro", status=255)
    assert message in output
    assert output.count("error: ") == 1
    assert "Traceback" not in output
    assert project.run("git", "status", "--porcelain", "--", "reports") == ""


def test_page_names_the_weights_that_dvc_lock_has(reproduced: Project) -> None:
    page = (reproduced.root / "reports/report.html").read_text(encoding="utf-8")
    for variant in reproduced.params["variants"]:
        outs = {out["path"]: out["md5"] for out in reproduced.lock[f"train@{variant}"]["outs"]}
        assert outs[f"artifacts/models/{variant}/weights.safetensors"] in page


def test_report_is_the_same_bytes_each_time(project: Project) -> None:
    """In a real process: it has another hash seed than the one whose children wrote the report."""
    before = {path: path.read_bytes() for path in (project.root / "reports").rglob("*") if path.is_file()}
    for name in ("reports/report.md", "reports/report.html", "reports/figures/losses.svg", "reports/plots/curves.csv"):
        (project.root / name).unlink()
    process = project.start("python", "-m", "stages", "report")
    output, _ = process.communicate()
    assert process.returncode == 0, output
    assert before == {path: path.read_bytes() for path in before}
