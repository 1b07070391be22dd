"""`dvc repro` as users know it: what runs, what does not, and what is there afterwards."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from makemore.core.params import load_params
from tests.pipeline.conftest import Project, runs
from tests.tracking.conftest import check_registry, check_run

RESULTS = ("reports/metrics/{}.json", "reports/details/{}.json", "reports/samples/{}.json", "reports/samples/{}.txt")
chromium = pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium (Debian package) is not installed")
MODEL = ("config.json", "history.csv", "weights.safetensors")


def read_json(path: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return values


def test_every_variant_has_all_of_its_results(reproduced: Project) -> None:
    for variant in reproduced.params["variants"]:
        for name in (
            *(result.format(variant) for result in RESULTS),
            *(f"artifacts/models/{variant}/{file}" for file in MODEL),
        ):
            assert (reproduced.root / name).stat().st_size > 0, name
        metrics = read_json(reproduced.root / f"reports/metrics/{variant}.json")
        assert metrics["model"] == reproduced.params["variants"][variant]["model"]
        assert metrics["dev"].keys() == {"nll", "bits_per_char", "perplexity", "n_tokens"}
        assert f"| {variant} |" in (reproduced.root / "reports/report.md").read_text(encoding="utf-8")


def test_mlflow_holds_what_the_files_hold(reproduced: Project) -> None:
    found = {run.data.tags["variant"]: run for run in runs(reproduced)}
    assert len(runs(reproduced)) == len(found) == len(reproduced.params["variants"])
    client = MlflowClient(f"sqlite:///{reproduced.root}/mlflow.db")
    for variant, run in found.items():
        metrics = read_json(reproduced.root / f"reports/metrics/{variant}.json")
        assert run.info.status == "FINISHED"
        assert run.data.metrics["dev.nll"] == metrics["dev"]["nll"]
        assert run.data.metrics["n_params"] == metrics["n_params"]
        assert run.data.params["data.path"] == "datasets/names.txt"
        for name, value in reproduced.params["variants"][variant].items():
            assert run.data.params[name] == str(value)
        history = (reproduced.root / f"artifacts/models/{variant}/history.csv").read_text(encoding="utf-8").splitlines()
        points = client.get_metric_history(run.info.run_id, "curve/dev_nll")
        assert [(point.step, point.value) for point in points] == [
            (int(row.split(",")[0]), float(row.split(",")[2])) for row in history[1:]
        ]
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


def test_metrics_plots_and_experiments_are_declared(reproduced: Project) -> None:
    shown = json.loads(reproduced.run("dvc", "metrics", "show", "--json"))
    files = shown[""]["data"]
    assert files["reports/metrics/gpt.json"]["data"]["dev"]["nll"] > 0
    assert len(files) == len(reproduced.params["variants"])
    plots = reproduced.run("dvc", "plots", "show", "--out", str(reproduced.root / ".dvc" / "tmp" / "plots"))
    page = Path(plots.strip().removeprefix("file://")).read_text(encoding="utf-8")
    for variant in reproduced.params["variants"]:
        assert f"dev NLL of {variant}" in page
    assert "dev_nll" in page


def test_a_second_repro_runs_nothing_but_the_look_at_the_record(project: Project) -> None:
    assert project.stages_run(project.run("dvc", "repro")) == ["track"]
    assert len(runs(project)) == 4, "the record was gone, and is there again"
    assert "0 runs written, 4 already up to date" in project.run("dvc", "repro")
    assert project.run("git", "status", "--porcelain") == ""


def test_a_changed_knob_retrains_its_variant_only(project: Project) -> None:
    project.edit(lambda values: values["variants"]["count"].update(smoothing=2))
    ran = project.stages_run(project.run("dvc", "repro"))
    assert ran == ["check", "train@count", "evaluate@count", "sample@count", "report", "track"]
    changed = project.run("dvc", "metrics", "diff")
    assert "count.json" in changed
    assert "gpt.json" not in changed
    project.edit(lambda values: values["variants"]["count"].update(smoothing=1))
    # The weights are restored from DVC's run cache; it does not keep results that git keeps, so these are made again.
    ran = project.stages_run(project.run("dvc", "repro"))
    assert ran == ["evaluate@count", "sample@count", "report", "track"]
    assert len(runs(project)) == 5
    assert project.run("git", "status", "--porcelain", "--", "reports", "dvc.lock") == ""


def test_variants_come_and_go(project: Project) -> None:
    project.edit(lambda values: values["variants"].update(smooth={"model": "count", "smoothing": 50}))
    project.edit(lambda values: values["variants"].pop("bigram"))
    ran = project.stages_run(project.run("dvc", "repro"))
    assert ran == ["check", "train@smooth", "evaluate@smooth", "sample@smooth", "report", "track"]
    report = (project.root / "reports/report.md").read_text(encoding="utf-8")
    assert "| smooth | count |" in report
    assert "bigram | bigram |" not in report
    assert not [*project.root.glob("artifacts/models/bigram"), *project.root.glob("reports/*/bigram.*")]
    assert "train@bigram" not in (project.root / "dvc.lock").read_text(encoding="utf-8")
    assert {run.data.tags["variant"] for run in runs(project)} == {"uniform", "count", "gpt", "smooth"}
    assert project.stages_run(project.run("dvc", "repro")) == ["track"]


def test_an_infinite_loss_is_reported_as_such(project: Project) -> None:
    project.edit(lambda values: values["variants"]["count"].update(smoothing=0))
    project.edit(lambda values: values["variants"].pop("gpt"))
    project.run("dvc", "repro")
    assert read_json(project.root / "reports/metrics/count.json")["dev"]["nll"] == "Infinity"
    report = (project.root / "reports/report.md").read_text(encoding="utf-8")
    row = next(line for line in report.splitlines() if line.startswith("| count |"))
    assert row.split(" | ")[4] == "∞"
    assert "-∞" in next(line for line in report.splitlines() if line.startswith("| bigram |"))


def test_an_experiment_shows_in_dvc_and_in_mlflow(project: Project) -> None:
    project.run("dvc", "exp", "run", "--name", "shallow", "--set-param", "variants.gpt.n_layer=2")
    shown = project.run("dvc", "exp", "show", "--csv")
    assert "shallow" in shown
    found = [run for run in runs(project) if run.data.tags.get("dvc.experiment") == "shallow"]
    assert "2" in {run.data.params.get("n_layer") for run in found}


def test_a_sweep_of_two_workers_stands_under_one_run(project: Project, tmp_path: Path) -> None:
    project.run("dvc", "repro", "track")
    values = "variants.count.smoothing=choice(2,3)"
    project.run("git", "config", "user.name", "test")
    project.run("git", "config", "user.email", "test@example.org")
    project.run("dvc", "exp", "run", "--queue", "--name", "smooth", "--set-param", values)
    project.run("dvc", "exp", "run", "--run-all", "--jobs", "2")
    found = runs(project)
    (parent,) = [run for run in found if run.data.tags.get("makemore.sweep") == "smooth"]
    children = [run for run in found if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert {run.data.params["smoothing"] for run in children} == {"2", "3"}
    assert len(found) == len(project.params["variants"]) + len(children) + 1, "what did not change is there once"
    assert {run.info.status for run in found} == {"FINISHED"}
    page = project.root / "reports/sweeps/smooth.html"
    shown = project.run("python", "-m", "makemore.cli", "sweep", "smooth", "--report", str(page))
    assert shown.count("| smooth-") == page.read_text(encoding="utf-8").count("<td>smooth-") == 2
    assert project.run("git", "status", "--porcelain") == ""
    if shutil.which("chromium"):
        assert charts_drawn(page, tmp_path / "profile") == 1, "nothing was trained step by step"


def test_a_clone_that_pulled_records_each_variant_once(project: Project, tmp_path: Path) -> None:
    project.run("dvc", "remote", "add", "--default", "storage", str(tmp_path / "storage"))
    project.run("dvc", "push")
    project.commit("A remote")
    project.run("git", "clone", "--quiet", ".", str(tmp_path / "other"))
    other = Project(tmp_path / "other")
    other.run("dvc", "pull")
    output = other.run("dvc", "repro")
    assert (other.stages_run(output), "4 runs written, 0 already up to date" in output) == (["track"], True)
    assert "Warning" not in output
    assert "0 runs written, 4 already up to date" in other.run("dvc", "repro")
    found = {run.data.tags["variant"]: run for run in runs(other)}
    assert len(runs(other)) == len(found) == len(other.params["variants"])
    client = MlflowClient(f"sqlite:///{other.root}/mlflow.db")
    for variant, run in found.items():
        check_run(client, run, other.root, variant, load_params(other.root / "params.yaml"))
    check_registry(client, found, other.root)


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9", "sqlite:////proc/mlflow.db"])
def test_a_store_that_is_down_costs_a_warning(project: Project, uri: str) -> None:
    output = project.run("dvc", "repro", MLFLOW_TRACKING_URI=uri)
    assert "warning: MLflow is not up to date" in output
    assert "Traceback" not in output
    assert "4 runs written" in project.run("dvc", "repro")


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
        ("data", "max_length", 3, "error: datasets/names.txt:1: 6 characters; data.max_length is 3 (and"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(
    project: Project, section: str, key: str, value: object, message: str
) -> None:
    project.edit(lambda values: values[section].update({key: value}))
    output = project.run("dvc", "repro", ok=False)
    assert message in output
    assert output.count("error: ") == 1
    assert "Traceback" not in output
    assert project.run("git", "status", "--porcelain", "--", "reports") == ""


def test_charts_and_pages_are_the_same_bytes_each_time(project: Project) -> None:
    project.run("python", "-m", "stages", "report")
    first = {path: path.read_bytes() for path in (project.root / "reports").rglob("*") if path.is_file()}
    project.run("python", "-m", "stages", "report")
    assert first == {path: path.read_bytes() for path in first}
    assert project.run("git", "status", "--porcelain", "--", "reports") == ""


@chromium
def test_the_page_draws_its_charts_without_a_network(reproduced: Project, tmp_path: Path) -> None:
    assert charts_drawn(reproduced.root / "reports/report.html", tmp_path) == 5, (
        "losses, sizes, curves, positions, heat maps"
    )


def charts_drawn(page: Path, profile: Path) -> int:
    """How many charts a Chromium without a network draws on `page`; `profile` is a folder for it."""
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    done = subprocess.run(
        [
            "chromium",
            *flags,
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=20000",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "Error" not in done.stdout.split("</script>")[-1]
    return done.stdout.count('class="marks"')
