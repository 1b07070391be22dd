"""MLflow's UI shows the runs, their curves and their figures."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow.entities import Run
from playwright.sync_api import Page, expect

from makemore.tracking.store import COLUMNS
from makemore.tracking.views import ui
from tests.browser.mlflow_ui import curves_link, show_comparison, show_curves, show_figure, show_table, table_link
from tests.conftest import PARAMS, ROOT
from tests.tracking.server import Server
from tests.tracking.workspace import Workspace, change_dev_nll, run_track


@pytest.fixture(scope="module")
def tracked(page: Page, results: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[Run]]]:
    """A server with three runs. It needs `page` first, which skips these tests if there is no browser."""
    folder = tmp_path_factory.mktemp("server")
    server = Server(folder)
    with Workspace.copied(results, folder) as workspace, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", server.uri)
        shutil.copy(ROOT / "reports/figures/losses.svg", "reports/figures/losses.svg")
        run_track()
        change_dev_nll("count", 1.234567)
        run_track()
        runs = workspace.runs(server.uri)
    yield server, runs
    server.kill()


def test_table_shows_our_columns(page: Page, tracked: tuple[Server, list[Run]]) -> None:
    server, runs = tracked
    show_table(page, server.uri, runs[0].info.experiment_id)
    for column in {*COLUMNS} - {"test.nll"}:  # these few names leave none for test
        expect(page.get_by_role("columnheader", name=column).first).to_be_visible()
    for run in runs:
        expect(page.get_by_role("link", name=run.info.run_name).first).to_be_visible()
        expect(page.get_by_text(f"{run.data.metrics['dev.nll']:.4f}"[:-1]).first).to_be_visible()
    expect(page.get_by_text("Each run is a variant").first).to_be_visible()
    expect(page.get_by_text("Group: count")).to_be_visible()
    expect(page.get_by_role("button", name="Runs by model, best first")).to_be_visible()  # the menu of views


def test_ui_command_prints_the_links_to_the_table_and_the_curves(
    tracked: tuple[Server, list[Run]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server has a UI, so none is started."""
    server, runs = tracked
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    ui(PARAMS, port=5000)
    table, curves = (link(server.uri, runs[0].info.experiment_id) for link in (table_link, curves_link))
    assert capsys.readouterr().out == f"all runs, best first: {table}\ntheir curves: {curves}\n"


def test_comparison_shows_runs_side_by_side(page: Page, tracked: tuple[Server, list[Run]]) -> None:
    server, runs = tracked
    assert len(runs) == 3
    show_comparison(page, server.uri, runs)
    for run in runs:
        expect(page.get_by_text(run.info.run_id).first).to_be_visible()
    # The metrics are two grids: one with the names, and next to it one with the values, row by row.
    expect(page.get_by_role("link", name="dev.nll", exact=True)).to_be_visible()
    grids = [grid.split() for grid in page.get_by_role("grid").all_inner_texts()]
    number = next(number for number, texts in enumerate(grids) if "dev.nll" in texts)
    row = grids[number].index("dev.nll")
    shown = grids[number + 1][row * len(runs) : (row + 1) * len(runs)]
    assert [float(value) for value in shown] == pytest.approx([run.data.metrics["dev.nll"] for run in runs], abs=0.001)


def test_charts_show_the_curve_of_each_run(page: Page, tracked: tuple[Server, list[Run]]) -> None:
    server, runs = tracked
    assert show_curves(page, server.uri, runs[0].info.experiment_id).count() >= len(runs)


def test_figure_of_the_report_opens(page: Page, tracked: tuple[Server, list[Run]]) -> None:
    server, runs = tracked
    show_figure(page, server.uri, runs[0], "report/figures/losses.svg")
