"""Steps in MLflow's UI that the tests and the screenshots share."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from urllib.parse import quote

from mlflow.entities import Run
from playwright.sync_api import Locator, Page, ViewportSize, expect, sync_playwright

from makemore.tracking.store import CURVES_VIEW, VIEW

CHROMIUM = shutil.which("chromium")
DESKTOP: ViewportSize = {"width": 1500, "height": 700}
TIMEOUT = 60_000  # milliseconds: the UI is large, and the machine may be busy


@contextlib.contextmanager
def browser() -> Iterator[Page]:
    """A page of a Chromium that can reach nothing but loopback."""
    rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", rules], timeout=TIMEOUT
        )
        page = chromium.new_page(viewport=DESKTOP)
        page.set_default_timeout(TIMEOUT)
        expect.set_options(timeout=TIMEOUT)
        yield page
        chromium.close()


def visit(page: Page, link: str) -> None:
    """Opens a link of the UI. A blank page in between, because the UI keeps its state if only the #fragment changes."""
    page.goto("about:blank")
    page.goto(link)


def table_link(uri: str, experiment: str) -> str:
    """The link to the table of all runs that `makemore runs` and `makemore ui` print."""
    return f"{uri}/#/experiments/{experiment}/runs?viewStateShareKey={VIEW}"


def curves_link(uri: str, experiment: str) -> str:
    """The link to the curves of all runs that `makemore ui` prints."""
    return f"{uri}/#/experiments/{experiment}/runs?viewStateShareKey={CURVES_VIEW}&compareRunsMode=CHART"


def show_table(page: Page, uri: str, experiment: str) -> None:
    """The table of all runs with the columns of our view."""
    visit(page, table_link(uri, experiment))
    expect(page.get_by_text("Run Name").first).to_be_visible()
    close = page.get_by_role("button", name="Close").first  # of an assistant that the UI opens on wide screens
    if close.is_visible():
        close.click()


def show_curves(page: Page, uri: str, experiment: str) -> Locator:
    """The training curves of all runs, in one chart for each split. Returns the lines of the charts."""
    visit(page, curves_link(uri, experiment))
    expect(page.get_by_text("curve/dev_nll", exact=True).first).to_be_visible()
    lines = page.locator(".js-plotly-plot .scatterlayer .trace")
    lines.first.wait_for()
    return lines


def show_comparison(page: Page, uri: str, runs: list[Run]) -> None:
    """The page that compares some runs."""
    ids = quote(json.dumps([run.info.run_id for run in runs]))
    visit(page, f"{uri}/#/compare-runs?runs={ids}&experiments={quote(json.dumps([runs[0].info.experiment_id]))}")
    expect(page.get_by_text(f"Comparing {len(runs)} Runs from 1 Experiment")).to_be_visible()


def show_figure(page: Page, uri: str, run: Run, path: str) -> None:
    """An image among the artifacts of a run."""
    visit(page, f"{uri}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}/artifacts/{path}")
    page.wait_for_function("[...document.images].some(image => image.src.startsWith('blob:') && image.naturalWidth)")
