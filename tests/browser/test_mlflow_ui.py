"""The MLflow UI in a real browser (Debian's Chromium, headless): what people come to see is there.

`make screenshots` takes the README's pictures with the same steps, of the record in the current folder.
"""

import contextlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from playwright.sync_api import Page, expect, sync_playwright

from makemore.core.files import read_json, write_json
from makemore.tracking.store import COLUMNS, VIEW
from tests.conftest import ROOT
from tests.tracking.conftest import Server, Workspace, run_track

CHROMIUM = shutil.which("chromium")
PATIENCE = 60_000  # milliseconds: the UI is large, and the machine may be busy

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium (Debian package) is not installed")


@contextlib.contextmanager
def browser() -> Iterator[Page]:
    """A page of a Chromium that reaches nothing but loopback."""
    rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", rules], timeout=PATIENCE
        )
        page = chromium.new_page(viewport={"width": 1500, "height": 700})
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        yield page
        chromium.close()


def visit(page: Page, link: str) -> None:
    """Opens a link of the UI anew: one that differs behind the # alone would keep the state of the page before."""
    page.goto("about:blank")
    page.goto(link)


def show_table(page: Page, uri: str, experiment: str) -> None:
    """The table of the runs, by the link that `makemore runs` prints: with the columns that matter."""
    visit(page, f"{uri}/#/experiments/{experiment}/runs?viewStateShareKey={VIEW}")
    expect(page.get_by_text("Run Name").first).to_be_visible()
    close = page.get_by_role("button", name="Close").first  # an assistant that the UI opens on wide screens
    if close.is_visible():
        close.click()


def show_curves(page: Page, uri: str, experiment: str) -> None:
    """The charts of all runs, the curves first."""
    visit(page, f"{uri}/#/experiments/{experiment}/runs?compareRunsMode=CHART")
    expect(page.get_by_text("curve/dev_nll", exact=True).first).to_be_visible()
    page.locator(".js-plotly-plot .scatterlayer .trace").first.wait_for()


def show_comparison(page: Page, uri: str, runs: list[Run]) -> None:
    """The page that compares some runs."""
    ids = quote(json.dumps([run.info.run_id for run in runs]))
    visit(page, f"{uri}/#/compare-runs?runs={ids}&experiments={quote(json.dumps([runs[0].info.experiment_id]))}")
    expect(page.get_by_text(f"Comparing {len(runs)} Runs from 1 Experiment")).to_be_visible()


def show_figure(page: Page, uri: str, run: Run, path: str) -> None:
    """An image among the artifacts of a run."""
    visit(page, f"{uri}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}/artifacts/{path}")
    page.wait_for_function("[...document.images].some(image => image.src.startsWith('blob:') && image.naturalWidth)")


@pytest.fixture(scope="module")
def recorded(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[Run]]]:
    """A server, and three runs in it."""
    folder = tmp_path_factory.mktemp("server")
    server = Server(folder)
    with Workspace.copied(results, folder) as workspace, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", server.uri)
        shutil.copy(ROOT / "reports/figures/losses.svg", "reports/figures/losses.svg")
        run_track()
        metrics = read_json(Path("reports/metrics/count.json"))
        metrics["dev"]["nll"] = 1.234567
        write_json(Path("reports/metrics/count.json"), metrics)
        run_track()
        runs = workspace.runs(server.uri)
    yield server, runs
    server.kill()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser() as page:
        yield page


def test_the_table_shows_what_matters(page: Page, recorded: tuple[Server, list[Run]]) -> None:
    server, runs = recorded
    show_table(page, server.uri, runs[0].info.experiment_id)
    for column in {*COLUMNS} - {"test.nll"}:  # so few names leave none for test
        expect(page.get_by_role("columnheader", name=column).first).to_be_visible()
    for run in runs:
        expect(page.get_by_role("link", name=run.info.run_name).first).to_be_visible()
        expect(page.get_by_text(f"{run.data.metrics['dev.nll']:.4f}"[:-1]).first).to_be_visible()


def test_three_runs_side_by_side(page: Page, recorded: tuple[Server, list[Run]]) -> None:
    server, runs = recorded
    assert len(runs) == 3
    show_comparison(page, server.uri, runs)
    for run in runs:
        expect(page.get_by_text(run.info.run_id).first).to_be_visible()
    name = page.get_by_text("dev.nll", exact=True).first
    cells = """a => {
        const name = a.parentElement, top = name.getBoundingClientRect().top
        return [...document.querySelectorAll("div[style*=absolute]")]
            .filter(cell => cell !== name && cell.getBoundingClientRect().top === top && !cell.contains(name))
            .map(cell => cell.innerText)
    }"""
    shown = [float(value) for value in name.evaluate(cells)]
    assert shown == pytest.approx([run.data.metrics["dev.nll"] for run in runs], abs=0.001)


def test_curves(page: Page, recorded: tuple[Server, list[Run]]) -> None:
    server, runs = recorded
    show_curves(page, server.uri, runs[0].info.experiment_id)
    assert page.locator(".js-plotly-plot .scatterlayer .trace").count() >= len(runs)


def test_a_figure_opens(page: Page, recorded: tuple[Server, list[Run]]) -> None:
    server, runs = recorded
    show_figure(page, server.uri, runs[0], "report/figures/losses.svg")


def screenshots(folder: Path) -> None:
    """Takes a picture of the runs and of their curves in the record of the current folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as logs, browser() as page:
        server = Server(Path(logs), "--backend-store-uri", f"sqlite:///{Path.cwd()}/mlflow.db")
        try:
            found = MlflowClient(server.uri).get_experiment_by_name("makemore")
            if found is None:
                sys.exit("error: no record here; `dvc repro` writes it")
            for name, show in (("runs", show_table), ("curves", show_curves)):
                show(page, server.uri, found.experiment_id)
                page.wait_for_timeout(3000)  # charts are drawn, menus have closed
                page.screenshot(path=folder / f"mlflow-{name}.png")
        finally:
            server.kill()


if __name__ == "__main__":
    screenshots(Path(sys.argv[1]))
