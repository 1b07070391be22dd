"""A whole sweep, and the pipeline on one's own names, with the real stages and MLflow."""

import json
from pathlib import Path

from makemore.core.files import read_json
from makemore.core.layout import DEV_NLL
from tests.pipeline.project import Project


def test_sweep_trains_compares_and_tracks_its_variants(project: Project) -> None:
    settings = ("--set", "variants.gpt.seed=choice(1,2,3)", "--set", "variants.count.smoothing=choice(2,-1)")
    diverges = ("--set", "variants.bigram.lr=1e300")
    output = project.run("makemore", "sweep", "both", *settings, *diverges, status=1)
    assert "error: count-smoothing--1: smoothing: input should be" in output
    assert "error: bigram-lr-1ep300: " in output
    found = json.loads(project.run("makemore", "sweep", "both", "--json"))["results"]
    assert {each["variant"] for each in found} == {
        *("gpt", "gpt-seed-2", "gpt-seed-3", "count", "count-smoothing-2", "bigram")
    }
    losses = [each["dev"]["nll"] for each in found]
    assert losses == sorted(losses)
    assert "dev NLL over 3 seeds: mean " in project.run("makemore", "sweep", "both")
    page = (project.root / "reports/experiments/both.html").read_text(encoding="utf-8")
    assert "count-smoothing-2" in page
    assert project.changed_results() == ""
    runs = {run.data.tags["variant"]: run for run in project.runs() if "variant" in run.data.tags}
    new = [runs[variant] for variant in ("gpt-seed-2", "gpt-seed-3", "count-smoothing-2")]
    assert {run.info.status for run in new} == {"FINISHED"}
    assert len({run.data.tags["mlflow.parentRunId"] for run in new}) == 1
    again = project.run("makemore", "sweep", "both", *settings)
    assert not [line for line in again.splitlines() if line.startswith(("train@", "evaluate@")) and " ran in " in line]


def test_results_on_own_names_come_and_go(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "elements.txt"
    file.write_bytes((project.root / "datasets/elements.txt").read_bytes())
    lines = project.run("makemore", "repro", "--data", str(file)).splitlines()
    assert "parameter   variants.bigram.l2: 0.77" in lines
    assert "118" in (project.root / "reports/experiments/elements.html").read_text(encoding="utf-8")
    project.run("dvc", "exp", "apply", "elements")
    assert project.params["data"]["path"] == str(file)
    assert "H" in (project.root / "artifacts/corpus/vocabulary.json").read_text(encoding="utf-8")
    losses = read_json(project.root / DEV_NLL)
    assert losses["count"] < losses["uniform"]
    project.run("git", "restore", ".")
    project.run("dvc", "checkout")
    assert project.changed_results() == ""
