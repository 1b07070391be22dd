"""What DVC itself shows of the results: metrics, experiments, plots and artifacts."""

import json
from pathlib import Path
from typing import Any

import vl_convert

from makemore.core import layout
from tests.pipeline.project import ALL, Project

PLOTS = ["reports/plots/curves.csv", "reports/plots/positions.csv", "reports/plots/transitions.csv"]


def specs(project: Project, *command: str) -> dict[str, Any]:
    """The Vega-Lite chart of each plot that a command of `dvc plots` draws, in the order of its page."""
    output = json.loads(project.run("dvc", "plots", *command, "--json"))
    assert output.keys() == {"data"}, output.get("errors")
    return {name: plot["content"] for name, (plot,) in output["data"].items()}


def svg(spec: dict[str, Any]) -> str:
    """The chart as Vega draws it; `dvc plots` leaves that to the browser."""
    return str(vl_convert.vegalite_to_svg(spec, vl_version="5.8"))


def lines(svg: str) -> int:
    """How many lines a chart has."""
    return svg.count('aria-roledescription="line mark"')


def test_metrics_are_the_dev_nll_of_each_variant(reproduced: Project) -> None:
    (files,) = [each["data"] for each in json.loads(reproduced.run("dvc", "metrics", "show", "--json")).values()]
    details = {variant: reproduced.root / layout.METRICS / f"{variant}.json" for variant in ALL}
    assert files == {
        layout.DEV_NLL.as_posix(): {
            "data": {
                variant: json.loads(path.read_text(encoding="utf-8"))["dev"]["nll"] for variant, path in details.items()
            }
        }
    }


def test_experiments_differ_in_few_columns(changed: Project) -> None:
    """With the options in README.md: without what is the same, and without the hashes of dependencies.

    An ensemble changes with its members, and a student with its teacher.
    """
    table = changed.run("dvc", "exp", "show", "--num", "2", "--csv", "--only-changed", "--drop", ".*/")
    header, *rows = table.splitlines()
    assert header == "rev,Created,count,both,pupil,variants.count.smoothing"
    assert [row.rsplit(",", 1)[1] for row in rows] == ["40", "40", "1"], "the workspace, and two commits"


def test_plots_show_all_variants_together(reproduced: Project) -> None:
    drawn = specs(reproduced, "show")
    assert list(drawn) == PLOTS
    curves, positions, transitions = (svg(spec) for spec in drawn.values())
    assert lines(curves) == lines(positions) == len(ALL)
    nll = json.loads((reproduced.root / layout.DEV_NLL).read_text(encoding="utf-8"))
    legend = [f">{variant}</text>" for variant in sorted(nll, key=nll.__getitem__)]
    for chart in (curves, positions):
        assert sorted(legend, key=chart.index) == legend, "the best first"
    for name in ("train", "count", "bigram"):
        assert f">{name}</text>" in transitions


def test_plots_compare_commits(changed: Project) -> None:
    drawn = specs(changed, "diff", "HEAD~1")
    assert list(drawn) == PLOTS
    curves, positions, transitions = (svg(spec) for spec in drawn.values())
    assert lines(curves) == lines(positions) == 2 * len(ALL)
    for image in (curves, positions, transitions):
        assert ">workspace</text>" in image
        assert ">HEAD~1</text>" in image


def test_page_of_plots_is_written(reproduced: Project, tmp_path: Path) -> None:
    output = reproduced.run("dvc", "plots", "show", "--out", str(tmp_path / "plots"))
    page = Path(output.strip().removeprefix("file://")).read_text(encoding="utf-8")
    titles = ["Dev NLL during training", "Dev NLL by position", "Which symbol follows which"]
    assert sorted(titles, key=page.index) == titles


def test_best_model_is_a_dvc_artifact(changed: Project, tmp_path: Path) -> None:
    """A tag of the form NAME@VERSION is a version of an artifact, which others get by its name."""
    nll = json.loads((changed.root / layout.DEV_NLL).read_text(encoding="utf-8"))
    (best,) = (changed.root / "artifacts").glob(f"*/{min(nll, key=nll.__getitem__)}")
    changed.run("git", "tag", "-a", "best-model@v1.0.0", "-m", "The best model")
    changed.run("git", "tag", "-a", "names@v1.0.0", "-m", "The data set")
    for name in ("best-model", "names"):
        changed.run("dvc", "artifacts", "get", str(changed.root), name, "--out", str(tmp_path / name))
    for name in (layout.CONFIG_FILE, layout.WEIGHTS_FILE):
        assert (tmp_path / "best-model" / name).read_bytes() == (best / name).read_bytes()
    assert (tmp_path / "names").read_bytes() == (changed.root / changed.params["data"]["path"]).read_bytes()
